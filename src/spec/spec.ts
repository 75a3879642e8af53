import type { Notice } from '../engine/plan.ts';
import type { DatabaseInput, ProviderName, Settings } from './catalogue.ts';

/** The validated, provider-neutral description of the desired database, made from all inputs at once. */
export interface Spec {
  readonly provider: ProviderName;
  readonly name: string;
  /** Empty when the workflow names none. */
  readonly environment: string;
  /** Canonical inputs that were set. A missing key is unmanaged: a default applies at creation and never again. */
  readonly settings: Settings;
  /** The name, and the place, of a given setting: `tier`, `storage_mb in pgkeep.yml`. */
  readonly origins: Readonly<Partial<Record<DatabaseInput, string>>>;
  readonly notices: readonly Notice[];
}

/** Whether a field has its value from an input that was set: of a map, from the member with its name. */
export function asks(inputs: Readonly<Record<string, unknown>>): (input: string, field: string) => boolean {
  return (input, field) => {
    const value = inputs[input];
    if (!field.startsWith(`${input}.`) || typeof value !== 'object' || value === null || Array.isArray(value))
      return value !== undefined;
    return Object.keys(value).some(name => `${field}.`.startsWith(`${input}.${name}.`));
  };
}

/** How many read replicas the workflow asks for; `undefined` when it does not mention them, so that none is changed. */
export function replicaCount(
  settings: Pick<Settings, 'create_read_replica' | 'read_replica_count' | 'replica_names'>
): number | undefined {
  if (settings.create_read_replica === undefined) return undefined;
  return settings.create_read_replica ? (settings.read_replica_count ?? settings.replica_names?.length ?? 1) : 0;
}
