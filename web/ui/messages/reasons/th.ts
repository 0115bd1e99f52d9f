// Thai: why something did not go on, or is not as it should be.
import type { Catalogue } from '../../text';
const messages: Catalogue = {
  'bulk.stopped': 'หยุดแล้ว',
  'bulk.stuck': 'กำลังรอ',
  'trouble.stopped': 'งานหยุดเอง โปรดแก้ไขแล้วทำต่อ',
  'trouble.waits': 'งานยังทำต่อไม่ได้ในขณะนี้ ระบบจะลองใหม่เอง',
  'trouble.next': 'ลองครั้งถัดไป',
  'trouble.attempts': { other: 'ลองแล้ว {count} ครั้ง' },
  'trouble.mapping_unfit': 'การจับคู่ไม่ตรงกับประเภทการแจ้งแล้ว โปรดจับคู่คอลัมน์ใหม่',
  'trouble.kind_retired': 'ประเภทการแจ้งนี้เลิกใช้แล้ว โปรดนำกลับมาใช้',
  'trouble.bulk_damaged': 'ไฟล์บนเซิร์ฟเวอร์เสียหายหรือหายไป ผู้ปฏิบัติการระบบต้องตรวจสอบ',
  'trouble.bulk_erased': 'ไฟล์ถูกลบแล้ว โปรดอัปโหลดใหม่',
  'trouble.blobs_unavailable': 'อ่านโฟลเดอร์เนื้อหาไม่ได้ ผู้ปฏิบัติการระบบต้องตรวจสอบ',
  'trouble.bulk_broken': 'โปรแกรมพบข้อผิดพลาดภายใน ดูรายละเอียดในบันทึกของเซิร์ฟเวอร์',
};
export default messages;
