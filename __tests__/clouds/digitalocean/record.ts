import type { Masks } from '../exchange.ts';

export const MASKS: Masks = [
  [/("password"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"masked"'],
  [/(postgresql:\/\/[^:"]*:)[^@"]*@/g, '$1masked@']
];

/**
 * The record of a call. Apart is what the official description leaves out: that databases take tags (Terraform's
 * provider gives them some the same way), that a long list of clusters comes in pages, and what a test sets as a status
 * that no page knows.
 */
export function recordOf(action: string, { searchParams }: URL, answer: string): string {
  const isOfPages = action === 'GET /databases' && (searchParams.has('page') || answer.includes('"links"'));
  const isUndocumented = action.includes(' /databases') && UNDOCUMENTED.test(answer);
  return isOfPages || isUndocumented || action.endsWith(' /tags/{id}/resources')
    ? 'digitalocean-around'
    : 'digitalocean';
}

const UNDOCUMENTED = /"status":"(?!(?:creating|online|resizing|migrating|forking)")/;
