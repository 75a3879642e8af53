import type { Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../../engine/plan.ts';
import type { Wanted } from '../../../engine/resource.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Problem } from '../../../spec/problem.ts';
import { onCreateOnly } from '../../desired-resources.ts';
import { newerMajorNotice } from '../../major-upgrade.ts';
import type { AzureContext } from '../context.ts';

/** Major versions that Azure no longer offers for new servers. */
const RETIRED: readonly string[] = ['11', '12', '13'];

export interface VersionChoice {
  readonly value?: string | Wanted;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/** Azure takes major versions only. The module's default, 11, becomes ours; other retired versions are refused. */
export function versionOf(
  { spec, settings }: Pick<AzureContext, 'spec' | 'settings'>,
  live: Server | undefined
): VersionChoice {
  const asked = settings.engine_version;
  if (asked === undefined) return { problems: [], notices: [] };
  const [major = '', minor] = asked.split('.');
  const input = spec.origins.engine_version ?? 'engine_version';
  const note = (message: string): Notice => ({ code: 'value-mapped', severity: 'info', input, message });
  const isFine = !RETIRED.includes(major) || live?.version === major;
  if (isFine && minor === undefined) return { value: major, problems: [], notices: [] };
  if (isFine) {
    const message = `\`${input}: ${asked}\` means PostgreSQL ${major}: Azure chooses the minor version.`;
    return { value: major, problems: [], notices: [note(message)] };
  }
  if (input.startsWith('server_version') && major === '11') {
    const message = `Azure no longer creates servers with PostgreSQL 11: a new server gets ${DEFAULT_MAJOR}.`;
    return { value: onCreateOnly(String(DEFAULT_MAJOR)), problems: [], notices: [note(message)] };
  }
  if (Number(live?.version) > Number(major)) {
    return { problems: [], notices: [newerMajorNotice('Azure', major, live?.version ?? '')] };
  }
  const why = 'is retired: Azure no longer creates servers with it';
  return { problems: [{ input, value: asked, why, allowed: '14, 15, 16, 17 or 18' }], notices: [] };
}
