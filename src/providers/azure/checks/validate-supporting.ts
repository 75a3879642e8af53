import type { Notice } from '../../../engine/plan.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount, type Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { PRESETS, windowFor } from '../resources/alarm.ts';
import { azureParameter, LIBRARIES } from '../api/parameters.ts';
import { readSku } from '../api/sku.ts';

const MOST_INSIGHT_DAYS = 30;
const DEFAULT_MAJOR = 17;

/** Azure's limits for what stands beside the server and inside it. */
export function validateSupporting({ settings }: Spec): Findings {
  const all = [
    parameters(settings),
    notBurstable(settings),
    logging(settings),
    insights(settings),
    administrators(settings),
    alarms(settings)
  ];
  return { problems: all.flatMap(one => one.problems), notices: all.flatMap(one => one.notices) };
}

const NOTHING: Findings = { problems: [], notices: [] };

const note = (code: string, input: string, message: string): Notice => ({ code, severity: 'info', input, message });

function parameters(settings: Settings): Findings {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const major = Number.parseInt(settings.engine_version ?? String(DEFAULT_MAJOR), 10);
  for (const [name, value] of Object.entries(settings.parameters ?? {})) {
    const read = azureParameter(name, value, major);
    if (!read.ok) problems.push({ input: 'parameters', value: `${name}: ${value}`, why: read.problem });
    else {
      notices.push(...read.remarks.map(remark => note('value-mapped', 'parameters', remark)));
      if (read.name === LIBRARIES) {
        const message = `The libraries in \`${LIBRARIES}\` are loaded besides those that Azure loads itself.`;
        notices.push(note('value-mapped', 'parameters', message));
      }
    }
  }
  return { problems, notices };
}

/** Burstable sizes have neither a pooler nor replicas. */
function notBurstable(settings: Settings): Findings {
  const sku = settings.instance_class === undefined ? undefined : readSku(settings.instance_class);
  if (sku !== undefined && sku.tier !== 'Burstable') return NOTHING;
  // Without a size, the live server's counts; a new one would be burstable.
  if (settings.instance_class === undefined && settings.enable_proxy !== true) return NOTHING;
  const problems: Problem[] = [];
  const refuse = (input: string, value: string): void => {
    problems.push({
      input,
      value,
      why: 'is not available for a burstable size',
      allowed: 'a size that begins with `GP_` or `MO_`'
    });
  };
  if (sku !== undefined && settings.enable_proxy === true) refuse('enable_proxy', 'true');
  if (sku !== undefined && (replicaCount(settings) ?? 0) > 0) refuse('create_read_replica', 'true');
  if (sku !== undefined && settings.replica_region !== undefined) refuse('replica_region', settings.replica_region);
  return { problems, notices: [] };
}

function logging({ enable_logging: isOn, log_workspace_id: workspace }: Settings): Findings {
  if (isOn === true && workspace === undefined) {
    const allowed = 'the id of a Log Analytics workspace';
    return {
      problems: [{ input: 'log_workspace_id', why: 'is needed with `enable_logging: true`', allowed }],
      notices: []
    };
  }
  if (workspace === undefined || isOn === true) return NOTHING;
  const message = '`log_workspace_id` has no effect without `enable_logging: true`.';
  return { problems: [], notices: [note('value-ignored', 'log_workspace_id', message)] };
}

function insights(settings: Settings): Findings {
  const notices: Notice[] = [];
  const days = settings.performance_insights_retention_period;
  if (settings.enable_performance_insights === true && days !== undefined && days > MOST_INSIGHT_DAYS) {
    const message = `The query store keeps ${MOST_INSIGHT_DAYS} days at most: ${days} become ${MOST_INSIGHT_DAYS}.`;
    notices.push(note('value-mapped', 'performance_insights_retention_period', message));
  }
  if (settings.performance_insights_kms_key_id !== undefined) {
    const message = 'The query store lies in the server and is encrypted with it.';
    notices.push(note('value-ignored', 'performance_insights_kms_key_id', message));
  }
  return { problems: [], notices };
}

function administrators(settings: Settings): Findings {
  const asked = settings.entra_administrators ?? [];
  if (asked.length === 0 || settings.iam_database_authentication_enabled !== false) return NOTHING;
  const why = 'needs `iam_database_authentication_enabled: true`: without it nobody logs in with Entra ID';
  return { problems: [{ input: 'entra_administrators', why }], notices: [] };
}

function alarms({ alarms: asked = {}, alarm_actions: actions = [] }: Settings): Findings {
  const notices: Notice[] = [];
  const problems: Problem[] = [];
  for (const [name, rule] of Object.entries(asked) as [keyof typeof PRESETS, (typeof asked)[keyof typeof asked]][]) {
    if (PRESETS[name] === undefined) {
      notices.push(note('value-ignored', 'alarms', `\`${name}\` is nothing that Azure measures.`));
      continue;
    }
    if (name === 'freeable_memory') {
      const percent = rule?.threshold ?? PRESETS[name]?.threshold ?? 0;
      notices.push(
        note('value-mapped', 'alarms', `\`${name}\` is watched as used memory, in percent: above ${percent} %.`)
      );
    }
    if (rule?.evaluation_periods !== undefined) {
      const message = `Azure looks at one window, ${windowFor(rule.period)}, and knows no \`evaluation_periods\`.`;
      notices.push(note('value-ignored', 'alarms', message));
    }
  }
  for (const action of actions) {
    if (/^\/subscriptions\/.+\/actionGroups\/[^/]+$/i.test(action)) continue;
    problems.push({
      input: 'alarm_actions',
      value: action,
      why: 'is no action group',
      allowed: 'ids of action groups, `/subscriptions/…/actionGroups/…`'
    });
  }
  return { problems, notices };
}
