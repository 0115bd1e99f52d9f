// What tests of the inbox have in common. `world`: a function, since the world is there only when the tests begin.
import assert from 'node:assert/strict';

export const marker = () => Math.random().toString(36).slice(2, 8);

export function inbox(world) {
  const receive = (page, body) => world().api(page, '/mock/receive', { method: 'POST', body: JSON.stringify(body) });
  return {
    receive,
    // A page of its own, on which nothing may have gone wrong in the end.
    async with_page(work, options = {}) {
      const opened = await world().open(options);
      try {
        await work(opened);
        assert.deepEqual(opened.faults, []);
      } finally {
        await opened.close();
      }
    },
    // A conversation of this test's own, open on the page.
    async opened(page, go, subject = `About ${marker()}`) {
      await go('/inbox');
      await page.waitForSelector('.cnv-row');
      const { conversation } = await receive(page, { subject, text: 'Is there any news?', html: true });
      await go(`/inbox/${conversation}`);
      await page.waitForSelector('.msg');
      return conversation;
    },
    messages: async (page, id) => (await world().api(page, `/v1/conversations/${id}/messages?limit=100`)).items,
  };
}
