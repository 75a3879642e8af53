import type { Notice } from '../engine/plan.ts';
import { ActionError } from '../errors.ts';
import type { CapabilityTable } from '../spec/features.ts';
import type { Spec } from '../spec/spec.ts';
import { ephemeralSpec, serverInputs, shortLivedInputs, type EphemeralKind } from './ephemeral-spec.ts';

/** What a run does with databases of pull requests. */
export interface Ephemeral {
  readonly kind: EphemeralKind;
  /** `undefined` for a sweep, which is about all of them. */
  readonly pullRequest: number | undefined;
  /** The server that a database is made on or a clone is made of. */
  readonly baseName: string;
  /** The most databases of pull requests that the repository may have at once. */
  readonly most: number | undefined;
}

/** Minutes that a database lives after the last push, unless `ttl` says otherwise: 72 hours. */
export const DEFAULT_TTL_MINUTES = 72 * 60;

/** When the database expires, ISO 8601 in whole seconds. */
export function expiryOf(now: Date, ttlMinutes: number = DEFAULT_TTL_MINUTES): string {
  return `${new Date(now.getTime() + ttlMinutes * 60_000).toISOString().slice(0, 19)}Z`;
}

/**
 * The spec that the provider gets for a pull request. A database on a shared server is not created by the provider, so
 * its spec stays as it is. Throws `unsupported` for a clone where the provider can't copy a database.
 */
export function specFor(spec: Spec, ephemeral: Ephemeral, capabilities: CapabilityTable): Spec {
  const { kind, pullRequest } = ephemeral;
  if (kind === 'database' || pullRequest === undefined) return spec;
  const { clone } = capabilities;
  if (kind === 'clone' && !clone.can) {
    throw new ActionError(`\`ephemeral: clone\` is not available on \`${spec.provider}\`: ${clone.reason}`, {
      code: 'unsupported',
      source: 'user',
      hint:
        clone.instead ??
        'Use `ephemeral: instance` with `restore_from_snapshot` or `init_sql`, or `ephemeral: database`.'
    });
  }
  return ephemeralSpec(spec, kind, pullRequest, { hasPointInTime: capabilities['point-in-time'].can });
}

/** Notices about inputs that have no effect on a database of a pull request. */
export function ephemeralNotices(spec: Spec, { kind, baseName }: Ephemeral): readonly Notice[] {
  const inputs = kind === 'database' ? serverInputs(spec) : shortLivedInputs(spec, kind);
  if (inputs.length === 0) return [];
  const named = inputs.map(input => `\`${spec.origins[input] ?? input}\``).join(', ');
  const message =
    kind === 'database'
      ? `A database on the server ${baseName} uses that server as it is. These inputs have no effect: ${named}.`
      : `A server for one pull request has no backups, replicas, standby, protection or final snapshot. These inputs have no effect: ${named}.`;
  return [{ code: kind === 'database' ? 'server-input' : 'short-lived', severity: 'info', message }];
}
