/** A certificate to log in with, and its key, both PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * `off`, or how much of the server's certificate is checked: `full` name and chain, `ca` the chain only, `none`
 * nothing.
 */
export type Tls =
  | 'off'
  | {
      readonly verify: 'full' | 'ca' | 'none';
      /** PEM. Default: Node's own list. */
      readonly ca?: string;
      readonly client?: ClientCertificate;
    };
