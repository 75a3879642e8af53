import type { Notice } from '../../../engine/plan.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { AlarmName } from '../../../spec/alarms.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Spec } from '../../../spec/spec.ts';
import { combineFindings, NO_FINDINGS, noticeOn, type Findings } from '../../findings.ts';
import { extraUser } from '../api/names.ts';
import { parameterOn } from '../api/parameters.ts';
import { slugOf } from '../api/sizes.ts';
import { cleanTags } from '../api/tags.ts';
import { PRESETS, windowFor } from '../resources/alarm.ts';

/** Inputs that DigitalOcean takes in another way than they are written, or not at all. */
export function validationNotices({ settings }: Pick<Spec, 'settings'>): readonly Notice[] {
  return combineFindings([
    sizeNotices(settings),
    tagNotices(settings),
    exposureNotices(settings),
    parameterNotices(settings),
    versionNotices(settings),
    alarmNotices(settings),
    otherNotices(settings)
  ]).notices;
}

function sizeNotices({ instance_class: size }: Settings): Findings {
  const slug = size === undefined ? undefined : slugOf(size);
  if (size === undefined || slug === undefined || slug === size) return NO_FINDINGS;
  return noticeOn('instance_class', 'value-mapped', `\`${size}\` is \`${slug}\` on DigitalOcean`);
}

function tagNotices({ tags = {} }: Settings): Findings {
  const clean = cleanTags(tags);
  if (Object.entries(tags).every(([key, value]) => clean[key] === value)) return NO_FINDINGS;
  const message = 'Tags are kept in lower case, with `-` in place of characters that DigitalOcean does not allow';
  return noticeOn('tags', 'value-mapped', message);
}

function exposureNotices({ allowed_cidr_blocks: networks = [], publicly_accessible: isPublic }: Settings): Findings {
  const everyone = networks.find(one => one.endsWith('/0'));
  return combineFindings([
    everyone === undefined
      ? NO_FINDINGS
      : noticeOn(
          'allowed_cidr_blocks',
          'public-exposure',
          `\`${everyone}\` lets everyone on the internet try to connect`,
          'danger'
        ),
    isPublic === true && networks.length > 0
      ? noticeOn(
          'publicly_accessible',
          'value-ignored',
          'The public host always exists. Only the networks in `allowed_cidr_blocks` may connect; an empty list lets everyone.',
          'info'
        )
      : NO_FINDINGS
  ]);
}

function parameterNotices({ parameters = {}, engine_version: version = String(DEFAULT_MAJOR) }: Settings): Findings {
  const major = Number.parseInt(version, 10);
  return combineFindings(
    Object.entries(parameters).map(([name, value]) => {
      const read = parameterOn(name, value, major);
      if (read.kind === 'ignored') {
        const message = `\`${name}\` can't be set on DigitalOcean: ${read.why}.`;
        return noticeOn('parameters', 'value-ignored', message, 'info');
      }
      if (read.kind === 'set' && read.remark !== undefined) {
        return noticeOn('parameters', 'value-rounded', `${read.remark}.`, 'info');
      }
      return NO_FINDINGS;
    })
  );
}

function versionNotices({ engine_version: version = '' }: Settings): Findings {
  const [major, minor] = version.split('.');
  if (minor === undefined) return NO_FINDINGS;
  const message = `\`${version}\` means PostgreSQL ${major}: DigitalOcean chooses the minor version.`;
  return noticeOn('engine_version', 'value-mapped', message);
}

function alarmNotices({ alarms = {} }: Settings): Findings {
  const rules = Object.entries(alarms) as [AlarmName, (typeof alarms)[AlarmName]][];
  return combineFindings(
    rules.flatMap(([name, rule]) => {
      const preset = PRESETS[name];
      if (preset === undefined) {
        return noticeOn('alarms', 'value-ignored', `DigitalOcean does not watch \`${name}\`.`, 'info');
      }
      const percent = rule?.threshold ?? preset.percent;
      const watched = `\`${name}\` is watched as ${preset.metric}: above ${percent} %.`;
      const window = `DigitalOcean averages over one window, \`${windowFor(rule?.period)}\`, and has no \`evaluation_periods\`.`;
      return [
        name === 'cpu' ? NO_FINDINGS : noticeOn('alarms', 'value-mapped', watched),
        rule?.evaluation_periods === undefined ? NO_FINDINGS : noticeOn('alarms', 'value-ignored', window, 'info')
      ];
    })
  );
}

function otherNotices(settings: Settings): Findings {
  const { subnet_ids: subnets = [], max_allocated_storage: ceiling = 0, enable_proxy: isOn } = settings;
  const user = extraUser(settings);
  return combineFindings([
    subnets.length === 0
      ? NO_FINDINGS
      : noticeOn(
          'subnet_ids',
          'value-ignored',
          'A VPC of DigitalOcean has no subnets: `vpc_id` says where the cluster is.',
          'info'
        ),
    ceiling === 0
      ? NO_FINDINGS
      : noticeOn(
          'max_allocated_storage',
          'value-mapped',
          `The storage grows by 10 GiB whenever it is 80 % full. DigitalOcean has no upper limit to set, such as ${ceiling} GiB.`
        ),
    isOn === true && settings.proxy_config?.max_client_conn !== undefined
      ? noticeOn(
          'proxy_config',
          'value-ignored',
          '`max_client_conn` has no counterpart: DigitalOcean takes up to 5000 clients.',
          'info'
        )
      : NO_FINDINGS,
    user === undefined
      ? NO_FINDINGS
      : noticeOn(
          'master_username',
          'value-mapped',
          `\`${user}\` is created besides \`doadmin\`, which always exists and owns the databases: grant it what it needs. DigitalOcean generates its password.`
        )
  ]);
}
