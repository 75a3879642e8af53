import { LIMITS, pageCounter, textOf } from '../../../src/engine/limits.ts';

test('an answer has a thousand pages and 64 MiB at most', async () => {
  expect(LIMITS).toEqual({ pages: 1000, answerBytes: 67_108_864 });
  const limits = { pages: 1, answerBytes: 4 };
  expect(await textOf(new Response('four'), 'x', { limits })).toBe('four');
  await expect(textOf(new Response('fives'), 'x', { limits })).rejects.toMatchObject({
    message: 'Could not read the answer to x: it has more than 4 bytes',
    kind: 'failed',
    hint: 'Check which server answers at the address of this API: it does not behave as the API does.'
  });
});

test('an endless list is given up, and the limit is named', () => {
  const count = pageCounter('rds:DescribeDBInstances');
  for (let page = 0; page < LIMITS.pages; page += 1) count();
  expect(count).toThrow(`Could not read the answer to rds:DescribeDBInstances: it has more than ${LIMITS.pages} pages`);
  expect(pageCounter('another list')).not.toThrow();
  const few = pageCounter('a list', { limits: { ...LIMITS, pages: 1 } });
  few();
  expect(few).toThrow('it has more than 1 pages');
});

test('an endless answer is given up, and the limit is named', async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: controller => {
      sent += 1;
      controller.enqueue(new Uint8Array(4 * 1024 * 1024));
    }
  });
  await expect(textOf(new Response(body), 'GET /v2/databases')).rejects.toMatchObject({
    code: 'provider-failed',
    message: `Could not read the answer to GET /v2/databases: it has more than ${LIMITS.answerBytes} bytes`
  });
  expect(sent).toBeLessThan(24);
});

test('an answer of the usual size is read whole', async () => {
  expect(await textOf(new Response('{"naïve":"😀"}'), 'x')).toBe('{"naïve":"😀"}');
  expect(await textOf(new Response(null, { status: 204 }), 'x')).toBe('');
});
