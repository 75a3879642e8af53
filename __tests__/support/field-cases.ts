/** The kinds of docs/field-notes.md. */
export type Kind = `K${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12}`;
export type Cloud = 'aws' | 'azure' | 'gcp' | 'digitalocean';

export interface Cell {
  /** Cases of this kind and cloud that people reported or that showed in a run. */
  readonly samples: number;
  /** Test files below `__tests__`, with the cases in each: titles of tests, or the first element of a row. */
  readonly cases: Readonly<Record<string, readonly string[]>>;
}

const unit = (cloud: Cloud, file: string): string => `unit/providers/${cloud}/${file}.test.ts`;
const aws = (file: string): string => unit('aws', file);
const azure = (file: string): string => unit('azure', file);
const gcp = (file: string): string => unit('gcp', file);
const digitalocean = (file: string): string => unit('digitalocean', file);

/** Each kind on each cloud: what was seen, and at least three further cases. */
export const FIELD_CASES: Readonly<Record<Kind, Readonly<Record<Cloud, Cell>>>> = {
  K1: {
    aws: {
      samples: 0,
      cases: {
        'e2e/aws-field.test.ts': [
          'K1: a replica takes class, storage and groups of the live server, and the plan shows them'
        ],
        [aws('field-inherit')]: [
          'a replica equals the server, and the plan says so',
          'a replica with its own class keeps the rest',
          'a replica in another region equals the server, without regional settings',
          'the proxy is in the groups of the server',
          'copied backups are kept as long as the server keeps its own',
          'a copy equals its source',
          'a server out of %s has what these hold of it'
        ]
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': [
          'K1: the live server decides about region and size of a replica, and the plan names them'
        ],
        [azure('field')]: [
          'the region',
          'except for a key, which is not available in another region',
          'K1: the live server’s region also decides about offers'
        ]
      }
    },
    gcp: {
      samples: 2,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K1: a replica takes network, address and TLS of the live primary, and the plan shows them'
        ],
        [gcp('field-replicas')]: [
          'takes what no input names from the primary, and the plan shows it',
          'grows without a limit where its primary does',
          'takes settings that no input can name',
          'does so in another region too',
          'without a pool of certificates',
          'with the authority of Google',
          'without a network attachment',
          'of a restored copy takes it from the source of the copy',
          'that is less safe than its primary is a danger, and the hint works'
        ],
        [gcp('copies')]: ['a clone', 'a restored backup']
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K1: a replica has size, storage, network and trusted sources of its live cluster'
        ],
        [digitalocean('field-cases')]: [
          'numbered',
          'in another region',
          'has the network of its cluster',
          'has the storage to which its cluster has grown',
          'has the size, nodes, storage, window, project and trusted sources of its source',
          'are those of its cluster, also where no input names them, but for that of a runner',
          'are set by the next run where a run ended before it set them',
          'are a danger where there are none, which a plan restricts',
          'a pool keeps the mode, size and user that no input names',
          'alarms keep the addresses that no input names'
        ]
      }
    }
  },
  K2: {
    aws: {
      samples: 2,
      cases: {
        'e2e/aws-field.test.ts': ['K2: a minor upgrade changes the replica first, then its server'],
        [aws('field-order')]: [
          'a minor upgrade changes the replicas first, also the one elsewhere',
          'storage grows on the replicas first',
          'a major upgrade changes the server first',
          'a new replica follows a server that grows in the same run',
          'a minor upgrade past a replica that %s is refused in the plan',
          "a refusal because of another owner's replica says what to upgrade"
        ]
      }
    },
    azure: {
      samples: 0,
      cases: {
        'e2e/azure-field.test.ts': ['K2: a larger size goes to the replica first, then to its server'],
        [azure('replicas')]: [
          'grow before their server: size',
          'grow before their server: storage',
          'may grow by themselves before it',
          'shrink after it',
          'stop an upgrade, and a change in both directions, in the plan',
          'raised before it, each replica restarted once',
          'lowered after it'
        ]
      }
    },
    gcp: {
      samples: 1,
      cases: {
        'e2e/gcp-field.test.ts': ['K2: a larger tier goes to the replica first, a smaller one to the instance first'],
        [gcp('field-replicas')]: [
          'a larger tier',
          'a larger disk',
          'another edition',
          'shrinks the server first',
          'cannot do both in one apply'
        ],
        [gcp('plan')]: ['is raised in the replica first, and lowered in the instance first']
      }
    },
    digitalocean: {
      samples: 2,
      cases: {
        'e2e/digitalocean-field.test.ts': ['K2: a larger size goes to the replica first'],
        [digitalocean('field-cases')]: [
          'a larger size',
          'more storage',
          'both',
          'wait for a replica that is under maintenance',
          'anything but its server, where a replica can not grow'
        ]
      }
    }
  },
  K3: {
    aws: {
      samples: 3,
      cases: {
        'e2e/aws-field.test.ts': [
          'K3: a replica of a new server whose password RDS keeps is refused before anything is made'
        ],
        'e2e/aws-changes.test.ts': ['a class that is not sold with the version'],
        [aws('field-refused')]: [
          'a VPC that does not exist',
          'a VPC without subnets',
          'another VPC than that of the live server',
          'a name that no security group can have',
          'a security group that does not exist, of a new server',
          'IOPS of a live gp2',
          'a key that does not exist'
        ],
        'unit/providers/tag-limit.test.ts': [
          'tags on %s that exceed the limit together with those of others are refused'
        ],
        [aws('field-hints')]: [
          'a replica of a new server whose password RDS keeps',
          'a replica while backups wait for the window',
          'a version that does not exist',
          'an encrypted snapshot that another account shares',
          'of a server that is %s, which a destroy without a final snapshot removes'
        ]
      }
    },
    azure: {
      samples: 2,
      cases: {
        'e2e/azure-field.test.ts': [
          'K3: a replica of a burstable server, which is so by default, is refused before anything is made'
        ],
        [azure('field-hints')]: [
          'of a server that was protected after the plan of its destroy',
          'of a size for which Azure has no capacity, of a live server and of a new one',
          'of an eighth backup on demand, and of one of a burstable server'
        ],
        'unit/providers/tag-limit.test.ts': [
          'tags on %s that exceed the limit together with those of others are refused'
        ],
        [azure('field')]: [
          'a replica elsewhere',
          'the pooler',
          'a standby',
          'parameters that the live server does not have, or whose values it does not take',
          'more replicas than a server can have, those of others counted',
          'a replica of a private server in another region',
          'a standby in the zone that Azure chose for the server',
          'firewall rules without effect are reported'
        ]
      }
    },
    gcp: {
      samples: 1,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K3: a tier that Cloud SQL refuses is refused in the plan, and one of an unknown family is passed on'
        ],
        [gcp('field-hints')]: [
          'a tier that Cloud SQL lists for other databases',
          'a shared core for a disk that is too large for it',
          'of a password that the policy of the instance, or of the source of a copy, refuses',
          'of an instance that the organization refuses by %s',
          'a log without backups, beside a standby',
          'of an instance that was protected after the plan of its destroy',
          'of a network without private services access'
        ],
        'unit/providers/tag-limit.test.ts': [
          'tags on %s that exceed the limit together with those of others are refused'
        ],
        [gcp('field-refusals')]: [
          'a zone of another region',
          'a secondary zone without a standby',
          'a key of another region',
          'a name that is too long for the project',
          'a reserved database',
          'an unknown tier',
          'db-custom-N4-2-8192',
          'a replica in another region of an instance with its own key',
          'an upgrade to a version that does not know a live flag'
        ]
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K3: a pool with more connections than the live size has',
          'K3: a replica in a region without an offer',
          'K3: a smaller size',
          'K3: a larger size than a replica has that no input names'
        ],
        [digitalocean('field-cases')]: [
          'a network of another region',
          'a replica in a region that is not offered',
          'a version that is not offered',
          'a project for a live cluster that the team does not have',
          'a larger size than a replica of others has',
          'more networks than the kept sources of others leave room for'
        ]
      }
    }
  },
  K4: {
    aws: {
      samples: 1,
      cases: {
        'e2e/aws-field.test.ts': ['K4: storage that grew by itself is no difference after its growth was switched off'],
        [aws('field-live')]: [
          'growth switched off',
          'growth as before',
          'a larger size that it has passed',
          'a zone that a failover has swapped',
          'a newer minor',
          'a newer authority, when the requested one has ended',
          'the retention and window of a plan of AWS Backup',
          'a newer major, when RDS no longer offers the requested one'
        ]
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': [
          'K4: storage that grew by itself is no difference after its growth was switched off'
        ],
        [azure('change')]: [
          'the module’s obsolete values are mapped, each with a notice, and change no existing server',
          'growth',
          'growth by its other name',
          'a tier below the one that the size has',
          'a standby moves only as a new one, and a failover is not a difference'
        ]
      }
    },
    gcp: {
      samples: 1,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K4: a disk that grew by itself is as asked when growth is switched off, and blocks no later run'
        ],
        [gcp('plan')]: ['a standby with %s is taken, with a warning, and kept as it is'],
        [gcp('field-values')]: [
          'a grown disk, also after growth is switched off, in every later run',
          'a grown disk of a replica',
          'the two zones after a failover',
          'the retention of the log that follows a new edition',
          'retention and window of a plan of Backup and DR are no difference, and are told',
          'a tier that is spelled in another case'
        ]
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K4: storage that grew by itself is as asked when growth is switched off, and blocks no later run'
        ],
        [digitalocean('field-cases')]: [
          'the same inputs',
          'no growth any more',
          'a replica',
          'a newer major version, when DigitalOcean no longer offers the requested one, is kept'
        ],
        [digitalocean('plan')]: ['keeps storage that has grown by itself']
      }
    }
  },
  K5: {
    aws: {
      samples: 0,
      cases: {
        'e2e/aws-field.test.ts': ['K5: a replica of others in another region stops a destroy before its first call'],
        [aws('field-others')]: [
          'a replica',
          'a user of the subnet group',
          'a user of the security group',
          'a user of the parameter group',
          'a proxy in the security group is named, and stops a destroy in its plan',
          'a replica in another region stops it too',
          'a rule for %s that others added to our security group is kept and told'
        ]
      }
    },
    azure: {
      samples: 0,
      cases: {
        'e2e/azure-field.test.ts': ['K5: a lock of others stops a destroy before its first call'],
        'e2e/azure.test.ts': [
          'whose size is refused gets its other changes, and a database of others in it stops a destroy'
        ],
        [azure('field')]: [
          'a replica that others made stops a destroy before its first call',
          'a firewall rule of others is kept, and reported',
          'a database of others stops a destroy before its first call'
        ],
        [azure('adoption')]: ['a lock of others is named by the refusal of a destroy'],
        [azure('supporting')]: ['administrators that are no longer named are removed, and those of others stay']
      }
    },
    gcp: {
      samples: 2,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K5: a database and a replica of others are named, and stop a destroy before its first call'
        ],
        [gcp('field-replicas')]: ['a replica without a mark', 'a read pool', 'a replica of our replica'],
        [gcp('field-others')]: [
          'database reports',
          'user analyst',
          'user ann@example.com',
          'it is no difference for a plan, and a major upgrade takes it along',
          'a user of IAM that others added stays when `iam_users` lists other ones'
        ]
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K5: a database and a replica of others are named, and stop a destroy before its first call'
        ],
        [digitalocean('field-cases')]: [
          'a database',
          'a user',
          'a new major version goes on, and takes it along unharmed',
          'has the databases of its source, which stop its destroy until they are deleted'
        ],
        [digitalocean('supporting')]: ['prevents the destruction of its cluster, and is left alone otherwise']
      }
    }
  },
  K6: {
    aws: {
      samples: 1,
      cases: {
        'e2e/unknown.test.ts': ['fails and names the missing permissions, in message and outputs'],
        [aws('unreadable')]: [
          'DescribeDBParameterGroups',
          'DescribeSecurityGroups',
          'DescribeDBProxies',
          'DescribeAlarms'
        ],
        [aws('field-refused')]: ['a read that always answers 500 stops no plan, and is reported']
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': [
          'K6: capabilities that answer 500 for good stop no plan, and it says what was not checked',
          'K6: firewall rules that may not be read are counted, and a check is not green'
        ],
        [azure('field')]: ['capabilities', 'checkNameAvailability'],
        [azure('unreadable')]: ['each of them %s: the plan goes on with the server alone'],
        [azure('faults')]: [
          'values that may not be read are unknown, with the missing permission',
          'configurations that always answer 500 are unknown, with the missing answer'
        ]
      }
    },
    gcp: {
      samples: 0,
      cases: {
        'e2e/gcp-field.test.ts': ['K6: what may not be read is counted, and a check is not green'],
        [gcp('supporting')]: ['are known by the instance when they may not be listed'],
        [gcp('field-refusals')]: ['lists that %s stop no plan, and it says what was not checked'],
        [gcp('field-others')]: ['where the databases may not be listed, nothing is unknown and nothing is stopped']
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K6: trusted sources that may not be read are counted, and a check is not green'
        ],
        [digitalocean('field-cases')]: [
          'are answered by a gateway',
          'are not allowed',
          'nothing when the token may not read networks and projects'
        ],
        [digitalocean('unreadable')]: [
          'each of them %s: it is told, and nothing changes',
          'what can be read is changed, and what can not be read stays',
          'is stopped by what others may have, also while %s fails'
        ],
        [digitalocean('scopes')]: [
          'values of a cluster that a token may not read are unknown, with the scope',
          'alarms that a token may not read are unknown, with the scope'
        ]
      }
    }
  },
  K7: {
    aws: {
      samples: 1,
      cases: {
        'e2e/aws-faults.test.ts': [
          'whose server ends in a failed state fails the run at once, with the words of its event log'
        ],
        [aws('field-others')]: [
          'an outdated parameter group that others use stays, and the upgrade is done',
          'of a machine',
          'of a function',
          'a user that came after the plan is named when %s is refused in every try'
        ],
        [aws('field-waits')]: [
          'is terminated ends the wait at once',
          'fails for good ends the wait after ten minutes, each told',
          'is stopped ends the wait too',
          'in which a volume is filled from its backup for days takes changes, and is no difference',
          'of a lost key says how to start again, and the start works once the key is back',
          'that a lost key has made final says to restore, and a restore works',
          'of a group that RDS could not apply is told',
          'of a server that others delete meanwhile ends the wait',
          'of a deletion that RDS gives up ends soon, with its events, and the next destroy is done',
          'for a role that can not be assumed ends, is told, and names the role last',
          'for a security group that does not exist says what to check',
          'for a snapshot that is never complete ends with the run, and is told',
          'comes back with the password, and the proxy works on'
        ]
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': [
          'K7: an operation that ends for want of capacity is told by its code, with the way out'
        ],
        'e2e/azure.test.ts': ['whose operation fails reports its code and words, and creates no second server'],
        [azure('field')]: [
          'InsufficientCapacity',
          'ScopeLocked',
          'a server that is always busy',
          'a group that is being deleted',
          'a rule in an endless conflict',
          'an operation',
          'a server',
          'K7: a server that stays stopped ends the wait at once, with a hint'
        ]
      }
    },
    gcp: {
      samples: 1,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K7: an operation that fails is told by its code, with the way out',
          'K7: a name that Cloud SQL keeps of a deleted instance ends the run after few tries, each told'
        ],
        [gcp('field-errors')]: [
          'ends soon for a name that Cloud SQL keeps of a deleted instance',
          'operationInProgress',
          'staleData',
          'ERROR_GCE_STOCKOUT',
          'NETWORK_NOT_PEERED',
          'for an instance that is %s ends at once, and says why',
          'for an instance that stays under maintenance ends with the run, is told, and names the state',
          'for a backup that does not end names the operation, each time',
          'for an operation that vanishes ends soon, and the next run goes on',
          'for an operation that failed without a word says where to look'
        ],
        [gcp('field-hints')]: ['of %s whose name Cloud SQL keeps for a deleted one'],
        [gcp('faults')]: ['of a deleted replica causes a warning too, with the input that leads out']
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K7: a cluster that is always busy ends the run after few tries, each told, with the obstacle'
        ],
        [digitalocean('field-cases')]: [
          'a resize',
          'trusted sources',
          'parameters',
          'a pool',
          'a tag that another run always deletes',
          'a replica that is never deleted',
          'a replica of a cluster that never gets its first backup'
        ],
        [digitalocean('supporting')]: ['for the end of %s that stays `%s` ends as %s']
      }
    }
  },
  K8: {
    aws: {
      samples: 1,
      cases: {
        'e2e/aws-field.test.ts': ['K8: storage in its cool-down is told and left out, and the rest is done'],
        [aws('field-live')]: [
          'storage in its cool-down is reported and left out; the retention is changed',
          'storage that RDS refuses is sent separately',
          'a refused value among many leaves the others done',
          'an existing rule does not block the others'
        ]
      }
    },
    azure: {
      samples: 0,
      cases: {
        'e2e/azure.test.ts': ['whose size is refused gets its other changes'],
        [azure('field')]: [
          'storage and window, what goes in the same call, a password and its version',
          'the pooler and the query store, parameters',
          'the version of a password that is refused is not noted',
          'a replica that is refused its size keeps its server as it is'
        ]
      }
    },
    gcp: {
      samples: 0,
      cases: {
        'e2e/gcp-field.test.ts': ['K8: one refused setting does not keep the others back'],
        [gcp('field-errors')]: [
          'of the settings does not block the others',
          'of the machine does not block the settings',
          'of an upgrade does not block the settings'
        ]
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean.test.ts': ['a refused change keeps no other back, and a database of others stops a destroy'],
        [digitalocean('field-cases')]: [
          'a window',
          'a size, which goes in the same call',
          'the other parameters, of which DigitalOcean takes the one and not the other',
          'what waits for nothing: it goes before what keeps the cluster busy'
        ]
      }
    }
  },
  K9: {
    aws: {
      samples: 1,
      cases: {
        'e2e/aws-field.test.ts': ['K9: tags of others stay, and those of this workflow that it no longer lists go'],
        'e2e/aws-changes.test.ts': ['keeps the rules that others put into its security group'],
        [aws('field-live')]: ['deletion protection that a user switched on at a replica is removed as the hint says'],
        [aws('field-others')]: ['a rule for %s that others added to our security group is kept and told'],
        [aws('ownership')]: ['rules that others added to the security group stay'],
        [aws('adoption')]: ['one of its tags', 'networks that no attached group lets in get a group of their own']
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': ['K9: tags of others stay, and those of this workflow that it no longer lists go'],
        [azure('change')]: [
          'a tag that others wrote in another case is that tag',
          'tags of others stay, and so does the mark',
          'of the firewall only rules of ours are changed, and open ones of others are reported'
        ],
        [azure('adoption')]: ['a tag'],
        [azure('supporting')]: ['administrators that are no longer named are removed, and those of others stay']
      }
    },
    gcp: {
      samples: 0,
      cases: {
        'e2e/gcp-field.test.ts': ['K9: labels of others stay, and one that the workflow no longer lists goes'],
        [gcp('field-values')]: ['of others survive an apply without tags', 'networks of others that open the instance'],
        [gcp('faults')]: ['send only changed labels, and keep labels of others'],
        [gcp('plan')]: ['of others stay and are reported; those of this workflow follow the list']
      }
    },
    digitalocean: {
      samples: 2,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K9: trusted sources and tags of others stay, those that the workflow no longer lists go'
        ],
        [digitalocean('field-cases')]: [
          'of a destroyed database are deleted with it, except for those of the user',
          'that another database carries, or another run has just created, stay'
        ],
        [digitalocean('plan')]: [
          'that others added as networks stay, and are told',
          'of others stay when a cluster is adopted',
          'leaves sources of other kinds in the list that it replaces'
        ]
      }
    }
  },
  K10: {
    aws: {
      samples: 1,
      cases: {
        'e2e/aws-field.test.ts': [
          'K10: a renamed repository keeps its server, and another one under the old name does not'
        ],
        [aws('mark-versions')]: ['a database with marks of version 1 is kept, upgraded, and recognised'],
        [aws('field-login')]: [
          'a profile with keys',
          'a web identity before the default profile of the machine',
          'a profile that no file has',
          'a role without a token file'
        ],
        [aws('adoption')]: ['a server of another engine', 'a read replica']
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': [
          'K10: a renamed repository keeps its server, and another one under the old name does not'
        ],
        'e2e/azure.test.ts': ["with another owner's server of that name leaves it alone"],
        [azure('mark-versions')]: ['a database with marks of version 1 is kept, upgraded, and recognised'],
        [azure('field')]: ['a read replica', 'a replica by its older member', 'an elastic cluster']
      }
    },
    gcp: {
      samples: 4,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K10: a read replica of that name is not adopted as the instance',
          'K10: a renamed repository keeps its instance and writes its new name; another one under the old name gets none'
        ],
        [gcp('mark-versions')]: ['a database with marks of version 1 is kept, upgraded, and recognised'],
        [gcp('field-login')]: [
          'a file for an impersonated service account',
          'a file for an external account that a user authorised',
          'an account that gcloud is configured to impersonate',
          'of an unknown type',
          'of a user without a token',
          'GOOGLE_CLOUD_QUOTA_PROJECT',
          'CLOUDSDK_BILLING_QUOTA_PROJECT'
        ],
        [gcp('field-values')]: ['a read replica', 'a read pool', 'outside of Google Cloud']
      }
    },
    digitalocean: {
      samples: 2,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K10: a MySQL cluster of that name is not adopted',
          'K10: a renamed repository keeps its cluster and writes its new name; another one under the old name gets none'
        ],
        [digitalocean('mark-versions')]: ['a database with marks of version 1 is kept, upgraded, and recognised'],
        [digitalocean('field-cases')]: ['mysql', 'advanced_pg'],
        [digitalocean('scopes')]: ['is refused instead of taking its own cluster for an unmarked one'],
        [digitalocean('supporting')]: ['is refused when another workflow created one of that name meanwhile'],
        [digitalocean('tags')]: ['tags that name no repository are not a mark']
      }
    }
  },
  K11: {
    aws: {
      samples: 1,
      cases: {
        'e2e/aws-field.test.ts': ['K11: outputs lead to the live port, which no input names'],
        [aws('field-refused')]: [
          'a master user of 17 to 63 characters is left to RDS, with a notice',
          'networks without a VPC lead to a group in the default one'
        ],
        [aws('field-waits')]: [
          'rules of others for the port of the live server serve as ours',
          'a proxy that does not reach the server is told, for %s'
        ],
        [aws('field-live')]: [
          'a server is adopted in the group of exactly its subnets',
          'an existing snapshot of that name is reported, not taken again',
          'a new authority needs no restart when the version says so'
        ]
      }
    },
    azure: {
      samples: 0,
      cases: {
        'e2e/azure-field.test.ts': ['K11: a server with private endpoints only has outputs'],
        [azure('field')]: ['with private endpoints only', 'with private endpoints beside its public address'],
        [azure('change')]: ['a server in a private network has its subnet, its DNS zone, and no firewall rules']
      }
    },
    gcp: {
      samples: 4,
      cases: {
        'e2e/gcp-field.test.ts': ['K11: an instance with Private Service Connect only has outputs by its DNS name'],
        [gcp('field-values')]: [
          'has outputs by its DNS name',
          'reports that the runner needs an endpoint to reach it',
          'prefers the name of the instance among several',
          'the endpoint that Cloud SQL made, without a DNS name',
          'none of several endpoints',
          'a private address beside an endpoint',
          'a private address, whose DNS name needs a record',
          'in a network of clients are told, and have outputs',
          'that only connectors reach are told',
          'that are removed are removed by a PUT with the type of the instance',
          'overlap across midnight',
          'overlap where maintenance begins first',
          'overlap on the night of a Sunday',
          'touch without an overlap'
        ]
      }
    },
    digitalocean: {
      samples: 0,
      cases: {
        'e2e/digitalocean-field.test.ts': ['K11: a cluster without a public host has the outputs of its network'],
        [digitalocean('supporting')]: [
          'a cluster that is not listed yet has its outputs',
          'a cluster without a public host has the outputs of its network, and so have its pool and its replicas',
          'a new cluster that is invisible for a while is waited for',
          'replicas join the network of their cluster'
        ]
      }
    }
  },
  K12: {
    aws: {
      samples: 4,
      cases: {
        'e2e/aws-field.test.ts': [
          'K12: pages of a gateway and empty answers in the place of any answer do not fail an apply'
        ],
        'e2e/aws-faults.test.ts': ['whose answer to the create call is %s gets one server'],
        [aws('weather')]: ['an apply of everything finishes despite frequent failures, and creates nothing twice'],
        [aws('errors')]: ['an unknown code is, with status %s, %s'],
        [aws('faults')]: ['what is throttled, fails at AWS or breaks is retried, for reads and for mutations'],
        [aws('field-live')]: [
          '31 networks are replaced by 31 others within the quota, in few calls',
          'a quota that may not be read is told',
          'IPv4 and IPv6 count apart'
        ],
        [aws('change')]: ['are written in calls of twenty at most, none lost']
      }
    },
    azure: {
      samples: 1,
      cases: {
        'e2e/azure-field.test.ts': [
          'K12: pages of a gateway and lost answers in the place of any answer do not fail an apply'
        ],
        'e2e/azure.test.ts': ['that does not answer the create call gets one server'],
        [azure('weather')]: ['an apply of everything finishes despite frequent failures, and creates nothing twice'],
        [azure('errors')]: ['an answer without a code and with status %s is not the service’s own'],
        [azure('field')]: [
          'for firewall rules are few, and the plan says when they take long',
          'for firewall rules by the hundred that can not end in time are told'
        ],
        [azure('faults')]: ['stale reads change nothing twice']
      }
    },
    gcp: {
      samples: 1,
      cases: {
        'e2e/gcp-field.test.ts': [
          'K12: a page of a gateway in answer to any call is looked past, and no change is made twice'
        ],
        [gcp('weather')]: ['an apply of everything finishes despite frequent failures, and creates nothing twice'],
        [gcp('field-errors')]: [
          'is transient: status %i with the body %s',
          'is classified by its known parts: status %i with the body %s'
        ],
        [gcp('faults')]: ['survives polls without an answer, and polls that do not find it yet'],
        [gcp('client')]: ['are retried when an answer is lost, but never sent twice when each has an effect']
      }
    },
    digitalocean: {
      samples: 3,
      cases: {
        'e2e/digitalocean-field.test.ts': [
          'K12: a page of a gateway in answer to any call is looked past, and no change is made twice',
          'K12: a tag that another run tidies away before it is assigned is created again'
        ],
        [digitalocean('weather')]: ['an apply of everything finishes despite frequent failures'],
        [digitalocean('field-cases')]: [
          'html of a gateway',
          'an id that is not known',
          'a wrong id',
          'by the hundred are announced, and take one call each where they exist',
          'that another run deletes before they are assigned are created again'
        ],
        [digitalocean('client')]: ['to a call that must not be sent twice is looked up first']
      }
    }
  }
};

const local = (file: string): string => `unit/providers/local/${file}.test.ts`;

/** The kinds on a server of the runner: every kind exists there too. */
export const LOCAL_CASES: Readonly<Record<Kind, Cell>> = {
  K1: {
    samples: 0,
    cases: {
      'e2e/local-replicas.test.ts': [
        'are added to a running server with its data, and the plan says that it keeps running',
        'follow the parameters of their primary'
      ],
      'e2e/ephemeral-server.test.ts': ['has the data and version of the base, and is independent of it']
    }
  },
  K2: {
    samples: 0,
    cases: {
      'e2e/local-replicas.test.ts': [
        'follow a parameter that becomes smaller, of which a replica must never have less than its primary',
        'are removed with their primary'
      ],
      [local('cluster/standby')]: ['streams again when its primary was restarted, also on another port']
    }
  },
  K3: {
    samples: 0,
    cases: {
      'e2e/local-apply.test.ts': [
        'is not replaced by a server of another major version',
        'does not restart when the workflow forbids it',
        'refuses an extension that the binaries lack before anything is changed, with the nearest name'
      ],
      'e2e/local-ports.test.ts': [
        'that is requested and taken is an error that names its holder, and leaves nothing behind'
      ],
      'e2e/local-field.test.ts': ['are no change when they are spelt otherwise, and another one is refused']
    }
  },
  K4: {
    samples: 0,
    cases: {
      'e2e/local-binaries.test.ts': ['of an unpublished minor are those of the nearest one, with a notice'],
      'e2e/local-ports.test.ts': ['is another free one for every further server of the job'],
      'e2e/local-lifecycle.test.ts': ['an apply reverts it, over ALTER SYSTEM']
    }
  },
  K5: {
    samples: 0,
    cases: {
      'unit/sql-objects/objects.test.ts': [
        'roles and databases of others are named and left alone, until they are taken over'
      ],
      'e2e/local-destroy.test.ts': ['leaves a database of another environment alone'],
      'e2e/local-replicas.test.ts': ['are left alone when the workflow no longer mentions them, with a notice']
    }
  },
  K6: {
    samples: 0,
    cases: {
      'unit/sql-objects/objects.test.ts': [
        'nothing inside is looked at unless an input asks for it',
        'a server out of reach is planned as unknown, and strict refuses'
      ],
      'e2e/local-faults.test.ts': ['is reported by `check`, and has no outputs']
    }
  },
  K7: {
    samples: 0,
    cases: {
      'e2e/local-faults.test.ts': [
        'says what to do, and that leads to a new server',
        'while its server starts ends and says so; the next one continues'
      ],
      [local('cluster/start')]: ['a data directory in use'],
      [local('cluster/fake-start')]: [
        'one that %s is waited for, and ended when its time is over',
        'one that recovers is waited for, with news (%s)'
      ],
      [local('cluster/stop')]: ['becomes immediate when fast takes too long, and kills a server that is frozen'],
      [local('cluster/lock')]: [
        'waits for a living holder, says so once, and gives up when the run is cancelled',
        'ends at the deadline, by the name of the holder, which each half minute names'
      ]
    }
  },
  K8: {
    samples: 0,
    cases: {
      [local('cluster/reload')]: [
        'names parameters that wait for a restart, and those that were taken back',
        'reloads nothing when a setting is wrong: %j'
      ],
      'e2e/local-apply.test.ts': ['takes a parameter without a restart, when the parameter allows it']
    }
  },
  K9: {
    samples: 0,
    cases: {
      'e2e/local-apply.test.ts': [
        'resets a parameter that is no longer listed',
        'gets another extension, database or user in addition to the existing ones'
      ],
      'e2e/local-snapshots.test.ts': [
        'that are older than `snapshot_keep_days` go with the next one; those under a name of their own stay'
      ]
    }
  },
  K10: {
    samples: 0,
    cases: {
      [local('cluster/stop')]: ["never signals another program or server that got a dead one's number"],
      [local('cluster/layout')]: ['keeps names apart that look alike'],
      'e2e/local-destroy.test.ts': ['needs its exact name']
    }
  },
  K11: {
    samples: 0,
    cases: {
      'e2e/local-lifecycle.test.ts': ['`outputs` finds it again and sets the same outputs, independent of how it was'],
      'e2e/local-faults.test.ts': [
        'is started again by the next apply, with its committed data',
        'is started again although its old process number belongs to another process now'
      ],
      [local('cluster/stop')]: ['finds a server by its process where postmaster.pid is %j']
    }
  },
  K12: {
    samples: 1,
    cases: {
      [local('cluster/start')]: [
        'not because of a port that was held for a moment',
        'recovers by itself from a killed server'
      ],
      [local('installation/provide')]: [
        'lets several processes at once end up with one complete entry',
        'reports the registry that the real npm cannot reach'
      ],
      'e2e/local-binaries.test.ts': [
        "are downloaded while the server's files are written, and a failed download leaves none of them"
      ]
    }
  }
};
