// Persian: why something did not go on, or is not as it should be.
import type { Catalogue } from '../../text';
const messages: Catalogue = {
  'bulk.stopped': 'از کار ایستاده',
  'bulk.stuck': 'در انتظار',
  'trouble.stopped': 'کار خودش ایستاده است: این را درست کنید و سپس ادامه دهید.',
  'trouble.waits': 'کار اکنون نمی‌تواند ادامه یابد؛ خودش دوباره می‌آزماید.',
  'trouble.next': 'آزمون بعدی',
  'trouble.attempts': { other: 'تا کنون {count} بار آزموده شده' },
  'trouble.mapping_unfit': 'نگاشت دیگر با گونهٔ اطلاعیه نمی‌خواند. ستون‌ها را از نو نگاشت کنید.',
  'trouble.kind_retired': 'این گونهٔ اطلاعیه کنار گذاشته شده است. آن را برگردانید.',
  'trouble.bulk_damaged': 'پرونده روی کارساز آسیب دیده یا گم شده است. گردانندهٔ سامانه باید ببیند.',
  'trouble.bulk_erased': 'پرونده پاک شده است. دوباره بارگذاری کنید.',
  'trouble.blobs_unavailable': 'پوشهٔ محتوا خوانده نمی‌شود. گردانندهٔ سامانه باید ببیند.',
  'trouble.bulk_broken': 'برنامه به خطای درونی برخورد؛ گزارش کارساز بیشتر می‌گوید.',
};
export default messages;
