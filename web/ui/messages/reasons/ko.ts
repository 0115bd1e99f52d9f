// Korean: why something did not go on, or is not as it should be.
import type { Catalogue } from '../../text';
const messages: Catalogue = {
  'bulk.stopped': '중단됨',
  'bulk.stuck': '대기 중',
  'trouble.stopped': '작업이 스스로 멈췄습니다. 아래를 고친 뒤 계속하세요.',
  'trouble.waits': '지금은 작업을 계속할 수 없습니다. 자동으로 다시 시도합니다.',
  'trouble.next': '다음 시도',
  'trouble.attempts': { other: '지금까지 {count}회 시도' },
  'trouble.mapping_unfit': '열 대응이 더 이상 통지 종류에 맞지 않습니다. 열을 다시 대응시키세요.',
  'trouble.kind_retired': '이 통지 종류는 폐지되었습니다. 되살리세요.',
  'trouble.bulk_damaged': '서버의 파일이 손상되었거나 없습니다. 운영자가 확인해야 합니다.',
  'trouble.bulk_erased': '파일이 삭제되었습니다. 다시 올리세요.',
  'trouble.blobs_unavailable': '내용 폴더를 읽을 수 없습니다. 운영자가 확인해야 합니다.',
  'trouble.bulk_broken': '프로그램 자체의 오류입니다. 자세한 내용은 서버 로그에 있습니다.',
};
export default messages;
