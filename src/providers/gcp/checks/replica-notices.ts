import type { Notice } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';

/** SSL modes, the least safe first. */
const SSL_MODES = ['ALLOW_UNENCRYPTED_AND_ENCRYPTED', 'ENCRYPTED_ONLY', 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED'];

/** A danger for each replica that is less safe than its primary where no input changes that. */
export function replicaNotices(
  { settings }: GcpContext,
  live: Instance | undefined,
  observed: readonly Observed[]
): readonly Notice[] {
  const { ipv4Enabled, sslMode = '' } = live?.settings?.ipConfiguration ?? {};
  return observed
    .filter(one => one.type === 'replica' && one.ownership.kind === 'ours')
    .flatMap(({ title, fields }): readonly Notice[] => {
      const own = fields['ssl_mode'];
      const isOpen = ipv4Enabled === false && fields['publicly_accessible'] === true;
      const isPlain = typeof own === 'string' && SSL_MODES.indexOf(own) < SSL_MODES.indexOf(sslMode);
      return [
        ...(isOpen && settings.publicly_accessible === undefined
          ? [
              danger(
                'publicly_accessible',
                `${title} has a public address, and its primary has none. Set \`publicly_accessible: false\`.`
              )
            ]
          : []),
        ...(isPlain && settings.ssl_mode === undefined
          ? [
              danger(
                'ssl_mode',
                `${title} has the SSL mode ${own}, and its primary has ${sslMode}. Set \`ssl_mode: ${sslMode}\`.`
              )
            ]
          : [])
      ];
    });
}

function danger(input: string, message: string): Notice {
  return { code: 'less-safe', severity: 'danger', input, message };
}
