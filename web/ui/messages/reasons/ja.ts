// Japanese: why something did not go on, or is not as it should be.
import type { Catalogue } from '../../text';
const messages: Catalogue = {
  'bulk.stopped': '停止中',
  'bulk.stuck': '待機中',
  'trouble.stopped': 'ジョブは自動的に停止しました。次の点を直してから再開してください。',
  'trouble.waits': '現在ジョブを続行できません。自動的に再試行します。',
  'trouble.next': '次の試行',
  'trouble.attempts': { other: 'これまでに {count} 回試行' },
  'trouble.mapping_unfit': '対応付けが通知の種類に合わなくなりました。列を対応付け直してください。',
  'trouble.kind_retired': 'この通知の種類は廃止されています。元に戻してください。',
  'trouble.bulk_damaged': 'サーバー上のファイルが壊れているか、ありません。運用担当者の確認が必要です。',
  'trouble.bulk_erased': 'ファイルは消去されています。もう一度アップロードしてください。',
  'trouble.blobs_unavailable': '内容のフォルダーを読み取れません。運用担当者の確認が必要です。',
  'trouble.bulk_broken': 'プログラム内部の不具合です。詳しくはサーバーのログをご覧ください。',
};
export default messages;
