// The calls of the desk.
import { post } from '../../sdk/client';
import type { ConversationDetail } from '../../sdk/conversations';
import type { Action, Rendered, RunOutcome, RunPreview } from '../../sdk/desk';

export type What = { macro: string } | { actions: Action[] };

export const render = (canned: string, conversation: string): Promise<Rendered> => post(`/v1/canned-replies/${canned}/rendering`, { conversation });
export const look_ahead = (conversation: string, what: What): Promise<RunPreview> => post('/v1/action-runs/preview', { conversation, actions: [], ...what });
export const run = (conversations: string[], what: What): Promise<{ items: RunOutcome[] }> => post('/v1/action-runs', { conversations, actions: [], ...what, key: crypto.randomUUID() });
export const undo = (id: string): Promise<ConversationDetail> => post(`/v1/action-runs/${id}/undo`);
