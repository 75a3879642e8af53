import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { AlarmName } from '../../../spec/alarms.ts';
import type { Spec } from '../../../spec/spec.ts';
import { combineFindings, NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import { azureParameter, LIBRARIES } from '../api/parameters.ts';
import { MOST_INSIGHT_DAYS } from '../desired/configurations.ts';
import { PRESETS, windowFor } from '../resources/alarm.ts';

/** Azure's limits for the resources that belong to the server. */
export function validateSupporting(spec: Spec): Findings {
  return combineFindings([parameters(spec), logging(spec), insights(spec), administrators(spec), alarms(spec)]);
}

function parameters(spec: Spec): Findings {
  const { parameters: asked = {}, engine_version: version = String(DEFAULT_MAJOR) } = spec.settings;
  const major = Number.parseInt(version, 10);
  const added = `The libraries in \`${LIBRARIES}\` are added to those that Azure loads.`;
  return combineFindings(
    Object.entries(asked).map(([name, value]) => {
      const read = azureParameter(name, value, major);
      if (!read.ok) return problemWith(spec, 'parameters', read.problem, undefined, `${name}: ${value}`);
      const remarks = read.name === LIBRARIES ? [added] : read.remarks;
      return combineFindings(remarks.map(remark => noticeOn('parameters', 'value-mapped', remark)));
    })
  );
}

function logging(spec: Spec): Findings {
  const { enable_logging: isOn, log_workspace_id: workspace } = spec.settings;
  if (isOn === true && workspace === undefined) {
    const why = 'is needed with `enable_logging: true`';
    return problemWith(spec, 'log_workspace_id', why, 'the id of a Log Analytics workspace');
  }
  if (workspace === undefined || isOn === true) return NO_FINDINGS;
  return ignored('log_workspace_id', '`log_workspace_id` has no effect without `enable_logging: true`.');
}

function insights({ settings }: Spec): Findings {
  const days = settings.performance_insights_retention_period;
  const isLonger = settings.enable_performance_insights === true && days !== undefined && days > MOST_INSIGHT_DAYS;
  return combineFindings([
    isLonger
      ? noticeOn(
          'performance_insights_retention_period',
          'value-mapped',
          `${days} days become ${MOST_INSIGHT_DAYS}, the most that the query store keeps.`
        )
      : NO_FINDINGS,
    settings.performance_insights_kms_key_id === undefined
      ? NO_FINDINGS
      : ignored(
          'performance_insights_kms_key_id',
          '`performance_insights_kms_key_id` has no effect: the query store is encrypted with the server.'
        )
  ]);
}

function administrators(spec: Spec): Findings {
  const { entra_administrators: asked = [], iam_database_authentication_enabled: isOn } = spec.settings;
  if (asked.length === 0 || isOn !== false) return NO_FINDINGS;
  const why =
    'needs `iam_database_authentication_enabled: true`: without it the server accepts no logins with Entra ID';
  return problemWith(spec, 'entra_administrators', why);
}

function alarms(spec: Spec): Findings {
  const { alarms: asked = {}, alarm_actions: actions = [] } = spec.settings;
  const names = Object.keys(asked) as readonly AlarmName[];
  return combineFindings([
    ...names.map(name => alarm(spec, name)),
    ...actions.map(action =>
      /^\/subscriptions\/.+\/actionGroups\/[^/]+$/i.test(action)
        ? NO_FINDINGS
        : problemWith(
            spec,
            'alarm_actions',
            'is not an action group',
            'ids of action groups, `/subscriptions/…/actionGroups/…`',
            action
          )
    )
  ]);
}

function alarm({ settings }: Spec, name: AlarmName): Findings {
  const [preset, rule] = [PRESETS[name], settings.alarms?.[name]];
  if (preset === undefined) return ignored('alarms', `\`${name}\` has no effect: Azure has no such metric.`);
  const percent = rule?.threshold ?? preset.threshold;
  const window = windowFor(rule?.period);
  return combineFindings([
    name === 'freeable_memory'
      ? noticeOn('alarms', 'value-mapped', `\`${name}\` watches the used memory: the alarm fires above ${percent} %.`)
      : NO_FINDINGS,
    rule?.evaluation_periods === undefined
      ? NO_FINDINGS
      : ignored('alarms', `\`evaluation_periods\` has no effect: Azure evaluates one window, ${window}.`)
  ]);
}

function ignored(input: 'alarms' | 'log_workspace_id' | 'performance_insights_kms_key_id', message: string): Findings {
  return noticeOn(input, 'value-ignored', message, 'info');
}
