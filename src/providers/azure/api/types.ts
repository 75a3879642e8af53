/** A lock as Resource Manager answers it. */
export interface Lock {
  readonly id?: string;
  readonly name?: string;
  readonly properties?: { readonly level?: string; readonly notes?: string };
}

/** A metric alert of Azure Monitor. */
export interface MetricAlert {
  readonly id?: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: {
    readonly description?: string;
    readonly severity?: number;
    readonly enabled?: boolean;
    readonly scopes?: readonly string[];
    readonly evaluationFrequency?: string;
    readonly windowSize?: string;
    readonly autoMitigate?: boolean;
    readonly criteria?: {
      readonly allOf?: readonly {
        readonly metricName?: string;
        readonly threshold?: number;
        /** `DynamicThresholdCriterion` has no threshold. */
        readonly criterionType?: string;
      }[];
    };
    readonly actions?: readonly { readonly actionGroupId?: string }[];
  };
}

/** A diagnostic setting of Azure Monitor. */
export interface DiagnosticSetting {
  readonly id?: string;
  readonly name?: string;
  readonly properties?: {
    readonly workspaceId?: string | null;
    readonly logs?: readonly {
      readonly category?: string | null;
      /** `allLogs` in place of a category. */
      readonly categoryGroup?: string | null;
      readonly enabled?: boolean;
    }[];
  };
}
