import { isReservedRole, isTemplate } from '../../../postgres/identifier.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Spec } from '../../../spec/spec.ts';
import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import { regionProblems } from '../../regions.ts';
import { REGIONS } from '../api/regions.ts';
import { slugOf } from '../api/sizes.ts';
import { clashes, tagOf } from '../api/tags.ts';
import { MOST_SOURCES } from '../resources/server/trusted-sources.ts';
import { validationNotices } from './validate-notices.ts';
import { supportingProblems } from './validate-supporting.ts';

const MOST_IN_TAG = 255;

/** DigitalOcean's own limits, as far as the inputs alone show them. */
export function validate(spec: Spec): Findings {
  const { problems } = combineFindings([
    nameProblems(spec),
    reservedProblems(spec),
    { problems: regionProblems(spec.settings, ['digitalocean_region', 'replica_region'], REGIONS), notices: [] },
    sizeProblems(spec),
    networkProblems(spec),
    encryptionProblems(spec),
    snapshotProblems(spec),
    nodeProblems(spec),
    supportingProblems(spec),
    tagProblems(spec)
  ]);
  return {
    problems: withOriginalNames(spec, problems),
    notices: withOriginalNames(spec, validationNotices(spec))
  };
}

function nameProblems(spec: Spec): Findings {
  const { name } = spec;
  if (name.length >= 3 && name.length <= 63 && !name.endsWith('-')) return NO_FINDINGS;
  return {
    problems: [{ input: 'name', value: name, why: 'is not a valid cluster name', allowed: '3–63 characters' }],
    notices: []
  };
}

function reservedProblems({ settings: { master_username: user, database_name: database } }: Spec): Findings {
  const allowed = 'another name';
  return {
    problems: [
      ...(user !== undefined && isReservedRole(user)
        ? [{ input: 'master_username', value: user, why: 'is a name that PostgreSQL reserves', allowed }]
        : []),
      ...(database !== undefined && isTemplate(database)
        ? [{ input: 'database_name', value: database, why: 'is a template that every cluster has', allowed }]
        : [])
    ],
    notices: []
  };
}

function sizeProblems(spec: Spec): Findings {
  const { instance_class: size } = spec.settings;
  if (size === undefined || slugOf(size) !== undefined) return NO_FINDINGS;
  return problemWith(spec, 'instance_class', 'has no counterpart on DigitalOcean', 'a size such as `db-s-2vcpu-4gb`');
}

function networkProblems(spec: Spec): Findings {
  const input = 'allowed_cidr_blocks';
  const { [input]: networks, publicly_accessible: isPublic } = spec.settings;
  const ipv6 = networks?.find(one => one.includes(':'));
  return combineFindings([
    networks?.length === 0 && isPublic !== true
      ? problemWith(
          spec,
          input,
          'would open the database to the world: without trusted sources everyone may connect',
          'one network at least, or `publicly_accessible: true`',
          '[]'
        )
      : NO_FINDINGS,
    ipv6 === undefined ? NO_FINDINGS : problemWith(spec, input, 'is not an IPv4 network', undefined, ipv6),
    (networks?.length ?? 0) > MOST_SOURCES
      ? problemWith(spec, input, 'has too many networks', `at most ${MOST_SOURCES}`)
      : NO_FINDINGS
  ]);
}

function encryptionProblems(spec: Spec): Findings {
  const inputs = (['storage_encrypted', 'enable_backup_encryption'] as const).filter(
    input => spec.settings[input] === false
  );
  return combineFindings(
    inputs.map(input => problemWith(spec, input, 'is not possible: storage and backups are always encrypted'))
  );
}

/** A new cluster without the data that it was to have is not what was asked for. */
function snapshotProblems(spec: Spec): Findings {
  if (spec.settings.restore_from_snapshot === undefined) return NO_FINDINGS;
  const allowed = '`restore_source`, a cluster of this team, and `restore_to_time` within the last seven days';
  return problemWith(spec, 'restore_from_snapshot', 'is not possible: DigitalOcean has no snapshots', allowed);
}

function nodeProblems(spec: Spec): Findings {
  const { num_nodes: nodes, multi_az: standby, instance_class: size }: Settings = spec.settings;
  const isSmallest = size !== undefined && slugOf(size) === 'db-s-1vcpu-1gb';
  return combineFindings([
    isSmallest && (standby === true || (nodes ?? 1) > 1)
      ? problemWith(spec, standby === true ? 'multi_az' : 'num_nodes', 'needs a larger size than `db-s-1vcpu-1gb`')
      : NO_FINDINGS,
    nodes !== undefined && standby !== undefined && nodes > 1 !== standby
      ? problemWith(spec, 'num_nodes', `contradicts \`multi_az: ${standby}\``)
      : NO_FINDINGS
  ]);
}

function tagProblems(spec: Spec): Findings {
  const tags = spec.settings.tags ?? {};
  return combineFindings([
    ...clashes(tags).map(key =>
      problemWith(spec, 'tags', 'equals another tag, or one of this action, in lower case', undefined, key)
    ),
    ...Object.entries(tags)
      .filter(([key, value]) => key === '' || tagOf(key, value).length > MOST_IN_TAG)
      .map(([key]) =>
        problemWith(
          spec,
          'tags',
          key === '' ? 'has no name' : 'is too long for a tag of DigitalOcean',
          `${MOST_IN_TAG} characters, name and value together`,
          key
        )
      )
  ]);
}
