// The pictures and files of articles: which stand in one, and which can go.
import FileIcon from 'icon:file';
import ImageIcon from 'icon:image';
import Trash from 'icon:trash-2';
import { remove } from '../../sdk/client';
import type { KnowledgeFile } from '../../sdk/knowledge';
import { Empty } from '../../ui/blank';
import { CopyButton } from '../../ui/copy';
import { format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { act } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Listing } from '../shell/listing';
import { Sure } from '../shell/sure';
import * as api from './api';
import { person, useBasics } from './basics';

export default function FilesPage() {
  useBasics();
  const list = usePaged<KnowledgeFile>('/v1/knowledge/files', {}, (event) => event.kind.startsWith('help_file.'));
  const drop = async (one: KnowledgeFile) => {
    if (await act(() => remove(`/v1/knowledge/files/${one.id}`), t('kept.removed'))) void list.load();
  };
  return (
    <AreaFrame narrow title={t('help_files.title')}>
      <Listing list={list} rows={4} empty={<Empty icon={ImageIcon} title={t('help_files.none')}><p>{t('help_files.none_text')}</p></Empty>}>
        {(items) => (
          <ul class="card lines" aria-label={t('help_files.title')}>
            {items.map((one) => (
              <li key={one.id} class="row apart">
                {one.image ? <img class="file-picture" src={api.file_content(one)} alt="" loading="lazy" /> : <FileIcon size={24} class="muted" />}
                <span class="grow">
                  <a href={api.file_content(one)} target="_blank" rel="noopener"><bdi>{one.name}</bdi></a> {!one.used && <span class="tag">{t('help_files.unused')}</span>} {one.scan === 'infected' && <span class="tag breach">{t('help_files.infected')}</span>}
                  <span class="small muted block">{format_size(one.size, locale.value)} · <Moment at={one.created_at} />{one.uploaded_by && <> · <bdi>{person(one.uploaded_by)}</bdi></>}</span>
                </span>
                <span class="row"><span class="small muted">{t('help_files.copy')}</span><CopyButton text={one.markdown} />
                {!one.used && may('knowledge.write') && <Sure label={t('kept.remove_one', { name: one.name })} sure={t('labels.remove')} on_sure={() => void drop(one)}><Trash size={16} /></Sure>}</span>
              </li>
            ))}
          </ul>
        )}
      </Listing>
    </AreaFrame>
  );
}
