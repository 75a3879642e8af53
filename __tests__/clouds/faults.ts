/** Something that goes wrong, switched on by a test. */
export interface FaultRule {
  /** `CreateDBInstance`, or `*` for any. */
  readonly action: string;
  /** Only calls whose request has it: a size that is sold out. */
  readonly about?: RegExp;
  /** At which call of that action, counted from 1 since the rule was made. Default 1. */
  readonly nth?: number;
  /** At how many calls from then on. Default 1. */
  readonly times?: number;
  /** Instead of `nth` and `times`: the first time that each request is made, and not when it is made again. */
  readonly eachOnce?: boolean;
  /** `after`: it took effect, and the caller gets no answer. Default `before`. */
  readonly when?: 'before' | 'after';
  /** What is answered. Without it the connection is cut. */
  readonly code?: string;
  /** What is answered in the place of the right answer, as a success. */
  readonly body?: string;
  readonly message?: string;
  /** Default: as the service's model says, else 400 (503 for throttling). */
  readonly status?: number;
  /** Only calls that change something. Default false. */
  readonly mutating?: boolean;
  /** Called instead of an answer, after the effect: the test kills the program. */
  readonly kill?: () => void;
}

export interface Faults {
  add(rule: FaultRule): void;
  /** The rule that hits this call, if any. Counts it. */
  hit(action: string, mutating: boolean, request: string): FaultRule | undefined;
  clear(): void;
}

export function faults(): Faults {
  let rules: { readonly rule: FaultRule; readonly met: Set<string>; seen: number }[] = [];
  return {
    add: rule => {
      rules.push({ rule, met: new Set(), seen: 0 });
    },
    hit: (action, mutating, request) => {
      let hit: FaultRule | undefined;
      for (const counted of rules) {
        const { rule } = counted;
        if (rule.action !== '*' && rule.action !== action) continue;
        if (rule.mutating === true && !mutating) continue;
        if (rule.about?.test(request) === false) continue;
        counted.seen += 1;
        const first = rule.nth ?? 1;
        const isNth = counted.seen >= first && counted.seen < first + (rule.times ?? 1);
        const isNew = !counted.met.has(request);
        counted.met.add(request);
        if (rule.eachOnce === true ? isNew : isNth) hit ??= rule;
      }
      return hit;
    },
    clear: () => {
      rules = [];
    }
  };
}
