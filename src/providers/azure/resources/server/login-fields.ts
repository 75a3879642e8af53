import { textOf } from '../../../../engine/value.ts';
import { markOf, PASSWORD_VERSION } from '../../../mark-tags.ts';
import { onOff, type ServerField } from './field.ts';

/** Who logs in to a server, and how. */
export const LOGIN_FIELDS = {
  master_username: {
    api: 'administratorLogin',
    input: 'master_username',
    impact: 'restart',
    constraint: 'create-only',
    hint: 'Create the user with SQL (`CREATE ROLE … LOGIN; GRANT azure_pg_admin TO …`) and leave `master_username` as it was.',
    read: live => live.administratorLogin,
    asked: ({ master_username: user }) => user,
    write: value => ({ administratorLogin: textOf(value) }),
    restored: true
  },
  master_password: {
    api: 'administratorLoginPassword',
    input: 'master_password',
    impact: 'online',
    read: live => (markOf(live.tags ?? {})?.unfinished === true ? false : undefined),
    asked: ({ master_password: isGiven }) => (isGiven === true ? { $secret: 'master_password' } : undefined),
    write: value => (typeof value === 'string' ? { administratorLoginPassword: value } : {}),
    restored: true
  },
  master_password_version: {
    api: 'administratorLoginPassword, tags',
    input: 'master_password_version',
    impact: 'online',
    sends: 'master_password',
    read: live => live.tags?.[PASSWORD_VERSION],
    asked: ({ master_password_version: version }) => version,
    restored: true
  },
  password_login: {
    api: 'authConfig.passwordAuth',
    impact: 'online',
    read: live => live.authConfig?.passwordAuth !== 'Disabled',
    asked: ({ master_password: isGiven }) => (isGiven === true ? true : undefined),
    write: value => ({ authConfig: { passwordAuth: onOff(value) } })
  },
  iam_database_authentication_enabled: {
    api: 'authConfig.activeDirectoryAuth',
    input: 'iam_database_authentication_enabled',
    impact: 'restart',
    read: live => live.authConfig?.activeDirectoryAuth === 'Enabled',
    asked: ({ iam_database_authentication_enabled: isOn }) => isOn,
    write: value => ({ authConfig: { activeDirectoryAuth: onOff(value) } })
  }
} as const satisfies Readonly<Record<string, ServerField>>;
