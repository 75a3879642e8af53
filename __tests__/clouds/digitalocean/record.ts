import type { Masks } from '../exchange.ts';

export const MASKS: Masks = [
  [/("password"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"masked"'],
  [/(postgresql:\/\/[^:"]*:)[^@"]*@/g, '$1masked@']
];

/**
 * The record of a call. Apart is what the official description leaves out: that databases take tags (Terraform's
 * provider gives them some the same way), and that a long list of clusters comes in pages.
 */
export function recordOf(action: string, { searchParams }: URL, answer: string): string {
  const isOfPages = action === 'GET /databases' && (searchParams.has('page') || answer.includes('"links"'));
  return isOfPages || action.endsWith(' /tags/{id}/resources') ? 'digitalocean-around' : 'digitalocean';
}
