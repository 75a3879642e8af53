import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Spec } from '../../../spec/spec.ts';
import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import { parameterOn } from '../api/parameters.ts';
import { connectionsOf, DEFAULT_POOL_SIZE } from '../api/pool-size.ts';
import { slugOf } from '../api/sizes.ts';

/** The limits of what belongs to a cluster: its pool, its parameters, its log sink, its alarms. */
export function supportingProblems(spec: Spec): Findings {
  return combineFindings([poolProblems(spec), parameterProblems(spec), sinkProblems(spec), emailProblems(spec)]);
}

function poolProblems(spec: Spec): Findings {
  const { enable_proxy: isOn, proxy_config: pool, instance_class: size } = spec.settings;
  const most = connectionsOf(size === undefined ? undefined : slugOf(size));
  const asked = pool?.default_pool_size ?? DEFAULT_POOL_SIZE;
  if (isOn !== true || most === undefined || asked <= most) return NO_FINDINGS;
  const why = `asks for a pool of ${asked}, and ${size} has ${most} connections in all`;
  return problemWith(spec, 'proxy_config', why, `a \`default_pool_size\` of ${most} at most`);
}

function parameterProblems(spec: Spec): Findings {
  const { parameters = {}, engine_version: version = String(DEFAULT_MAJOR) } = spec.settings;
  const major = Number.parseInt(version, 10);
  return combineFindings(
    Object.entries(parameters).map(([name, value]) => {
      const read = parameterOn(name, value, major);
      return read.kind === 'wrong'
        ? problemWith(spec, 'parameters', read.problem, undefined, `${name}: ${value}`)
        : NO_FINDINGS;
    })
  );
}

function sinkProblems(spec: Spec): Findings {
  const { enable_logging: isOn, log_sink: sink, log_sink_url: url } = spec.settings;
  const isSearch = sink?.type === 'elasticsearch' || sink?.type === 'opensearch';
  if (isOn === true && sink === undefined) {
    return problemWith(
      spec,
      'log_sink',
      'is needed with `enable_logging: true`: DigitalOcean keeps no logs itself',
      'a syslog server, `{server: logs.example.com, port: 6514}`, or a search cluster'
    );
  }
  const withoutValue = (why: string, allowed?: string): Findings => ({
    problems: problemWith({ settings: {} }, 'log_sink_url', why, allowed).problems,
    notices: []
  });
  if (isSearch && url === undefined) {
    return withoutValue(`is needed with \`type: ${sink.type}\``, 'its address, from a secret');
  }
  if (!isSearch && url !== undefined) {
    return withoutValue('has no effect without a `log_sink` of `type: opensearch` or `elasticsearch`');
  }
  return NO_FINDINGS;
}

function emailProblems(spec: Spec): Findings {
  const { alarm_actions: actions = [] } = spec.settings;
  return combineFindings(
    actions
      .filter(action => !action.includes('@'))
      .map(action =>
        problemWith(
          spec,
          'alarm_actions',
          'is not an email address, and DigitalOcean sends alarms by email',
          undefined,
          action
        )
      )
  );
}
