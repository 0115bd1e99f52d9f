// The calls of the knowledge base.
import { call, get, post, put, remove } from '../../sdk/client';
import type { Article, ArticleFacts, ArticleText, Category, Comparison, KnowledgeFile, NewArticle, Preview, PutText, TextVersion, VersionText } from '../../sdk/knowledge';
import type { Locale, Page } from '../../sdk/types';

const root = '/v1/knowledge';
const article_path = (id: string, more = ''): string => `${root}/articles/${encodeURIComponent(id)}${more}`;
const text_path = (id: string, locale: Locale, more = ''): string => article_path(id, `/translations/${locale}${more}`);

export const find = (id: string, signal?: AbortSignal): Promise<Article> => get(article_path(id), { signal });
export const make = (made: NewArticle): Promise<Article> => post(`${root}/articles`, made);
export const put_facts = (id: string, facts: ArticleFacts): Promise<Article> => put(article_path(id), facts);
export const drop = (id: string): Promise<unknown> => remove(article_path(id));
export const retire = (id: string): Promise<Article> => post(article_path(id, '/retirement'));
export const restore = (id: string): Promise<Article> => remove(article_path(id, '/retirement'));
export const reviewed = (id: string, next_at?: string): Promise<Article> => post(article_path(id, '/reviewed'), next_at ? { next_at } : {});

export const text = (id: string, locale: Locale, signal?: AbortSignal): Promise<ArticleText> => get(text_path(id, locale), { signal });
export const put_text = (id: string, locale: Locale, words: PutText): Promise<ArticleText> => put(text_path(id, locale), words);
export const drop_draft = (id: string, locale: Locale, version: number): Promise<ArticleText | undefined> => call('DELETE', text_path(id, locale, '/draft'), undefined, { query: { version } });
export const step = (id: string, locale: Locale, verb: 'review' | 'approval' | 'return', version: number, comment?: string): Promise<ArticleText> => post(text_path(id, locale, `/${verb}`), { version, ...(comment ? { comment } : {}) });
export const publish = (id: string, locale: Locale, version: number, publish_at?: string): Promise<ArticleText> => post(text_path(id, locale, '/publication'), { version, ...(publish_at ? { publish_at } : {}) });
export const withdraw = (id: string, locale: Locale): Promise<ArticleText | undefined> => remove(text_path(id, locale, '/publication'));

export const versions = (id: string, locale: Locale, signal?: AbortSignal): Promise<Page<TextVersion>> => get(text_path(id, locale, '/versions'), { signal });
export const version = (id: string, locale: Locale, number: number, signal?: AbortSignal): Promise<VersionText> => get(text_path(id, locale, `/versions/${number}`), { signal });
// Version 0 is the draft.
export const compare = (id: string, locale: Locale, from: number, to: number, signal?: AbortSignal): Promise<Comparison> => get(text_path(id, locale, '/comparison'), { query: { from, to }, signal });
export const preview_page = (id: string, locale: Locale): string => text_path(id, locale, '/preview');
export const preview = (body: string, locale: Locale, article: string, signal: AbortSignal): Promise<Preview> => post(`${root}/preview`, { body, locale, article }, { signal });

export const upload_path = (name: string): string => `${root}/files?name=${encodeURIComponent(name)}`;
export const file_content = (file: KnowledgeFile): string => `${root}/files/${file.id}/content`;
export const put_category = ({ id, version, product, parent, slug, name, description, position, retired }: Category): Promise<Category> => put(`${root}/categories/${id}`, { version, product, parent, slug, name, description, position, retired });
