/** Where the answers' links lead. */
export interface Links {
  readonly api: string;
  readonly html: string;
}

/** When everything without a date of its own was created. */
export const EPOCH = '2020-01-01T00:00:00Z';

/** GitHub's second name of a thing; only its form counts here. */
export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}${id}`).toString('base64url');
}
