import { cleanBody } from '../../../src/github/clean-body.ts';
import { groupMarker, markerOf } from '../../../src/github/marker.ts';
import { openSecrets } from '../../../src/secrecy/secrecy.ts';

test('a secret goes from every member that people can read, at any depth, and from no marker', () => {
  const secrecy = openSecrets();
  secrecy.add('correct horse');
  const marker = markerOf({ provider: 'local', account: '', region: '', name: 'orders', environment: '' });
  const said = 'a correct horse';
  const clean = secrecy.clean(said);
  const request = {
    ref: said,
    body: `${marker}\n${said}`,
    title: said,
    description: null,
    message: undefined,
    summary: 7,
    text: marker,
    output: { title: said, summary: said, text: said, count: 1, annotations: [{ message: said, path: said }, null] }
  };
  cleanBody(request, secrecy);
  expect(clean).not.toContain('horse');
  expect(request).toEqual({
    ref: said,
    body: `${marker}\n${clean}`,
    title: clean,
    description: null,
    message: undefined,
    summary: 7,
    text: marker,
    output: { title: clean, summary: clean, text: clean, count: 1, annotations: [{ message: clean, path: said }, null] }
  });
});

test('a marker stays whole even where it spells a secret, and text that only begins like one does not', () => {
  const secrecy = openSecrets();
  const marker = markerOf({ provider: 'local', account: '', region: '', name: 'orders', environment: '' });
  const part = marker.slice(20, 40);
  secrecy.add(part);
  const request = { body: `${marker}\n${part}`, text: marker, title: `${marker}, ${part}`, summary: `\n${marker}` };
  cleanBody(request, secrecy);
  expect(request).toEqual({
    body: `${marker}\n${secrecy.clean(part)}`,
    text: marker,
    title: secrecy.clean(`${marker}, ${part}`),
    summary: secrecy.clean(`\n${marker}`)
  });
  expect(secrecy.clean(part)).not.toContain(part);
});

test('each marker of a shared comment stays whole, and the text between them does not', () => {
  const secrecy = openSecrets();
  const keys = ['orders', 'invoices'].map(name =>
    markerOf({ provider: 'local', account: '', region: '', name, environment: '' })
  );
  const group = groupMarker('databases of production');
  const parts = [...keys, group].map(marker => marker.slice(24, 44));
  for (const part of parts) secrecy.add(part);
  const bodyWith = (said: string): string =>
    [group, said, '', ...keys.flatMap(marker => [marker, '<!-- pgkeep-head:f00d -->', said])].join('\n');
  const request = { body: bodyWith(parts.join()) };
  cleanBody(request, secrecy);
  expect(request.body).toBe(bodyWith(secrecy.clean(parts.join())));
  expect(secrecy.clean(parts.join())).toBe('***,***,***');
});
