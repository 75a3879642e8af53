import { AUTO_RULES, type AutoRule } from '../../src/commands/auto-rules.ts';
import { code, table } from './markdown.ts';

/** What `command: auto` does: a row for each rule, in the order in which they are tried. */
export function autoTable(): string {
  return table(
    ['Event', 'Activity', 'Ref', '`ephemeral`', '`pull_request`', 'Command', 'Why'],
    AUTO_RULES.map(rule => [
      rule.events.map(code).join(', '),
      rule.activities?.map(code).join(', ') ?? 'any',
      placeText(rule),
      flagText(rule.ephemeral),
      flagText(rule.named),
      rule.command === undefined ? 'none, `result: skipped`' : code(rule.command),
      rule.why
    ])
  );
}

function placeText({ place }: AutoRule): string {
  if (place === undefined) return 'any';
  return place === 'deployed' ? 'deployed from' : 'any other';
}

function flagText(flag: boolean | undefined): string {
  if (flag === undefined) return '';
  return flag ? 'set' : 'unset';
}
