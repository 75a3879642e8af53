import type { Field } from '../../../../engine/resource.ts';
import type { FieldValue, Value } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import type { Autoscale, Cluster, Rule } from '../../api/types.ts';

/** A cluster with what other calls answer about it. */
export interface LiveCluster {
  readonly cluster: Cluster;
  readonly rules: readonly Rule[];
  /** `undefined` where no input asks for it. */
  readonly autoscale: Autoscale | undefined;
}

export type Body = Readonly<Record<string, unknown>>;

/** A field of a cluster: how it is compared, where it is read, and how it is written. */
export interface ClusterField extends Field {
  /** What the inputs ask for. Absent: `desired/server.ts` works it out of more than its input. */
  readonly asked?: (settings: Settings) => FieldValue | undefined;
  /** A copy takes it from its source where no input names it. */
  readonly onCopy?: true;
  /** Its live value; `undefined` where the answer does not have it. */
  readonly read: (live: LiveCluster) => Value | undefined;
  /** Its part of the body that creates a cluster. Absent: it is not set in that call. */
  readonly write?: (value: Value) => Body;
  /**
   * The call of its own that changes it: the last part of the path, and the body. It is also sent after a creation when
   * there is no `write`. Absent: `update.ts` names how it changes.
   */
  readonly put?: (value: Value) => { readonly path: string; readonly body: Body };
}
