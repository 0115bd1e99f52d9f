// The calls of the inbox.
import { call, get, patch, post, put, remove, type CallOptions } from '../../sdk/client';
import type { Conversation, ConversationPage, ConversationChange, ConversationDetail, Draft, DraftWords, Message, MessageKind, NewConversation, NewMessage } from '../../sdk/conversations';
import type { Page } from '../../sdk/types';

const at = (id: string, more = ''): string => `/v1/conversations/${encodeURIComponent(id)}${more}`;

export type ListQuery = Record<string, string | number | undefined>;
export const list = (query: ListQuery, signal?: AbortSignal): Promise<Page<Conversation>> => get('/v1/conversations', { query, signal });
export const list_saved = (view: string, query: ListQuery, signal?: AbortSignal): Promise<Page<Conversation>> => get(`/v1/views/${view}/conversations`, { query, signal });
export const search = (query: ListQuery, signal?: AbortSignal): Promise<ConversationPage> => get('/v1/conversations', { query, signal });
export const find = (id: string, signal?: AbortSignal): Promise<ConversationDetail> => get(at(id), { signal });
export const change = (id: string, version: number, part: ConversationChange): Promise<ConversationDetail> => patch(at(id), part, { headers: { 'If-Match': `"${version}"` } });
export const begin = (made: NewConversation): Promise<ConversationDetail> => post('/v1/conversations', made);

export const messages = (id: string, query: { limit: number; after?: string }, signal?: AbortSignal): Promise<Page<Message>> => get(at(id, '/messages'), { query, signal });
export const message = (id: string, signal?: AbortSignal): Promise<Message> => get(`/v1/messages/${id}`, { signal });
export const write = (id: string, made: NewMessage): Promise<Message> => post(at(id, '/messages'), made);
export const take_back = (id: string): Promise<unknown> => remove(`/v1/messages/${id}`);
export const raw_of = (id: string): string => `/v1/messages/${id}/raw`;
export const html_path = (id: string): string => `/v1/messages/${id}/html`;
export const attachment_path = (id: string): string => `/v1/attachments/${id}`;
export const upload_path = (name: string): string => `/v1/attachments?name=${encodeURIComponent(name)}`;

export const see = (id: string, up_to: string): Promise<unknown> => put(at(id, '/seen'), { up_to });
export const unsee = (id: string): Promise<unknown> => remove(at(id, '/seen'));
export const see_all = (): Promise<unknown> => put('/v1/inbox/seen', undefined);
export const say_typing = (id: string): Promise<unknown> => post(at(id, '/typing'));

export const merge = (id: string, into: string): Promise<ConversationDetail> => post(at(id, '/merge'), { into });
export const unmerge = (id: string): Promise<ConversationDetail> => post(at(id, '/unmerge'));
export const split = (id: string, ids: string[]): Promise<ConversationDetail> => post(at(id, '/split'), { messages: ids });

// Nothing when there is none.
export const draft = async (id: string, kind: MessageKind, signal?: AbortSignal): Promise<Draft | undefined> => (await get<Page<Draft>>(at(id, '/drafts'), { signal })).items.find((one) => one.kind === kind);
export const put_draft = (id: string, kind: MessageKind, version: number | undefined, words: DraftWords): Promise<Draft> => put(at(id, '/drafts'), { kind, words, ...(version === undefined ? {} : { version }) });
export const drop_returned = (id: string): Promise<unknown> => call('DELETE', at(id, '/drafts'), undefined, { query: { returned: 'true' } } satisfies CallOptions);
export const drop_draft = (id: string, kind: MessageKind): Promise<unknown> => call('DELETE', at(id, '/drafts'), undefined, { query: { kind } } satisfies CallOptions);
