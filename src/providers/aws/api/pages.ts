import { pageCounter, type Limited } from '../../../engine/limits.ts';

/** Where the next page begins. RDS and IAM call it one thing, the other services the other. */
interface PageMarker {
  Marker?: string;
  NextToken?: string;
}

type Page = { readonly [K in keyof PageMarker]?: string | undefined };

/** All items of an answer that comes page by page. `ask` adds the place to its request. */
export async function pages<P extends Page, T>(
  ask: (place: PageMarker) => Promise<P>,
  items: (page: P) => readonly T[] | undefined,
  limited?: Limited
): Promise<readonly T[]> {
  const all: T[] = [];
  const count = pageCounter('a list of AWS', limited);
  let place: PageMarker | undefined = {};
  while (place !== undefined) {
    count();
    const page: P = await ask(place);
    all.push(...(items(page) ?? []));
    place = after(page);
  }
  return all;
}

function after({ Marker, NextToken }: Page): PageMarker | undefined {
  if (Marker !== undefined && Marker !== '') return { Marker };
  return NextToken === undefined || NextToken === '' ? undefined : { NextToken };
}
