import type { Notice } from '../../../engine/plan.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Spec } from '../../../spec/spec.ts';
import { PRESETS, windowFor } from '../resources/alarm.ts';
import { extraUser } from '../api/names.ts';
import { cleanTags } from '../api/tags.ts';
import { doParameter } from '../api/parameters.ts';
import { slugOf } from '../api/sizes.ts';

/** What becomes of inputs that DigitalOcean takes otherwise than they were written, or not at all. */
export function validationNotices({ settings }: Pick<Spec, 'settings'>): readonly Notice[] {
  const notices: Notice[] = [];
  const say = (input: string, message: string): void => {
    notices.push({ code: 'value-mapped', severity: 'info', input, message });
  };
  const { instance_class: size, tags = {} } = settings;
  const slug = size === undefined ? undefined : slugOf(size);
  if (size !== undefined && slug !== undefined && slug !== size)
    say('instance_class', `\`${size}\` is \`${slug}\` here`);
  const clean = cleanTags(tags);
  if (Object.entries(tags).some(([key, value]) => clean[key] !== value)) {
    say('tags', 'Tags are kept in lower case, with `-` for what DigitalOcean does not allow in them');
  }
  const everybody = settings.allowed_cidr_blocks?.find(one => one.endsWith('/0'));
  if (everybody !== undefined) {
    const message = `\`${everybody}\` lets everybody on the internet try to connect`;
    notices.push({ code: 'public-exposure', severity: 'danger', input: 'allowed_cidr_blocks', message });
  }
  return [...notices, ...besideNotices(settings)];
}

/** What becomes of inputs that say something else here, or nothing. */
function besideNotices(settings: Settings): readonly Notice[] {
  const notices: Notice[] = [];
  const note = (code: string, input: string, message: string): void => {
    notices.push({ code, severity: 'info', input, message });
  };
  const major = Number.parseInt(settings.engine_version ?? String(DEFAULT_MAJOR), 10);
  for (const [name, value] of Object.entries(settings.parameters ?? {})) {
    const read = doParameter(name, value, major);
    if (read.kind === 'ignored')
      note('value-ignored', 'parameters', `\`${name}\` can't be set on DigitalOcean: ${read.why}.`);
    if (read.kind === 'set' && read.remark !== undefined) note('value-rounded', 'parameters', `${read.remark}.`);
  }
  const minor = settings.engine_version?.split('.')[1];
  if (minor !== undefined) {
    const asked = settings.engine_version ?? '';
    const message = `\`${asked}\` means PostgreSQL ${major}: DigitalOcean chooses the minor version.`;
    note('value-mapped', 'engine_version', message);
  }
  if ((settings.subnet_ids ?? []).length > 0) {
    note('value-ignored', 'subnet_ids', 'A VPC of DigitalOcean has no subnets: `vpc_id` says where the cluster is.');
  }
  const { alarms = {}, max_allocated_storage: ceiling, proxy_config: pool } = settings;
  for (const [name, rule] of Object.entries(alarms) as [keyof typeof PRESETS, (typeof alarms)[keyof typeof alarms]][]) {
    const preset = PRESETS[name];
    if (preset === undefined) note('value-ignored', 'alarms', `\`${name}\` is nothing that DigitalOcean watches.`);
    else if (name !== 'cpu') {
      note(
        'value-mapped',
        'alarms',
        `\`${name}\` is watched as ${preset.says}, in percent: above ${rule?.threshold ?? preset.percent} %.`
      );
    }
    if (preset !== undefined && rule?.evaluation_periods !== undefined) {
      note(
        'value-ignored',
        'alarms',
        `DigitalOcean looks at one window, \`${windowFor(rule.period)}\`, and knows no \`evaluation_periods\`.`
      );
    }
  }
  if ((ceiling ?? 0) > 0) {
    note(
      'value-mapped',
      'max_allocated_storage',
      `The storage grows by 10 GiB whenever it is full to 80 %; DigitalOcean knows no upper limit, so that ${ceiling} GiB is none.`
    );
  }
  if (settings.enable_proxy === true && pool?.max_client_conn !== undefined) {
    note(
      'value-ignored',
      'proxy_config',
      '`max_client_conn` has no counterpart: DigitalOcean takes up to 5000 clients.'
    );
  }
  const name = extraUser(settings);
  if (name !== undefined) {
    note(
      'value-mapped',
      'master_username',
      `\`${name}\` is made beside \`doadmin\`, which is always there and owns the databases: grant it what it needs. DigitalOcean makes its password.`
    );
  }
  if (settings.publicly_accessible === true && (settings.allowed_cidr_blocks ?? []).length > 0) {
    note(
      'value-ignored',
      'publicly_accessible',
      'The public host is always there. Only the networks in `allowed_cidr_blocks` may connect; an empty list lets everybody.'
    );
  }
  return notices;
}
