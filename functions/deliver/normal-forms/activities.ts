/** Which class of OCSF 1.8.0 and which categorisation of ECS an activity has. The names of its activities are in ocsf/classes.ts. */
interface ActivityRow {
  /** The class that fits best, and the activity in it; it gives way to a more general one where the record lacks what it requires. */
  readonly ocsf: readonly [classUid: number, activityId: number]
  /** The activity of class 6003, API Activity, should it come to that: 1 Create, 2 Read, 3 Update, 4 Delete, 99 Other. */
  readonly api: 1 | 2 | 3 | 4 | 99
  /** What it is called where the schema has no name for it, which is activity 99. */
  readonly name?: string
  /** 1 Informational, 3 Medium. Default 1. */
  readonly severity?: 1 | 3
  readonly ecs: { readonly category?: readonly string[]; readonly type: readonly string[] }
}

/**
 * Everything that a record can say has happened. The key is also ECS' `event.action`, so that one rule can look for it in the logs of
 * all vendors.
 *
 * Classes of OCSF: https://schema.ocsf.io/1.8.0/classes. 3001 is deprecated in 1.9, in favour of 3007: that will be a change of the
 * numbers here and a row in ocsf/classes.ts. The words of ECS, and which types go with which categories:
 * https://www.elastic.co/docs/reference/ecs/ecs-category-field-values-reference.
 */
export const ACTIVITIES = {
  login: { ocsf: [3002, 1], api: 99, name: 'Logon', ecs: { category: ['authentication'], type: ['start'] } },
  logout: { ocsf: [3002, 2], api: 99, name: 'Logoff', ecs: { category: ['authentication'], type: ['end'] } },
  'access-refused': {
    ocsf: [6003, 99],
    api: 99,
    name: 'Refuse',
    ecs: { category: ['api'], type: ['access', 'denied'] },
  },

  'user-created': { ocsf: [3001, 1], api: 1, ecs: { category: ['iam'], type: ['user', 'creation'] } },
  'user-invited': { ocsf: [3001, 99], api: 99, name: 'Invite', ecs: { category: ['iam'], type: ['user', 'info'] } },
  'user-updated': { ocsf: [3001, 99], api: 3, name: 'Update', ecs: { category: ['iam'], type: ['user', 'change'] } },
  'user-enabled': { ocsf: [3001, 2], api: 3, ecs: { category: ['iam'], type: ['user', 'change'] } },
  'user-disabled': { ocsf: [3001, 5], api: 3, ecs: { category: ['iam'], type: ['user', 'change'] } },
  'user-deleted': { ocsf: [3001, 6], api: 4, ecs: { category: ['iam'], type: ['user', 'deletion'] } },
  'password-changed': { ocsf: [3001, 3], api: 3, ecs: { category: ['iam'], type: ['user', 'change'] } },
  'password-reset': { ocsf: [3001, 4], api: 3, ecs: { category: ['iam'], type: ['user', 'change'] } },
  'mfa-enabled': { ocsf: [3001, 10], api: 3, ecs: { category: ['iam'], type: ['user', 'change'] } },
  'mfa-disabled': { ocsf: [3001, 11], api: 3, ecs: { category: ['iam'], type: ['user', 'change'] } },

  'group-created': { ocsf: [3006, 6], api: 1, ecs: { category: ['iam'], type: ['group', 'creation'] } },
  'group-updated': { ocsf: [3006, 99], api: 3, name: 'Update', ecs: { category: ['iam'], type: ['group', 'change'] } },
  'group-deleted': { ocsf: [3006, 5], api: 4, ecs: { category: ['iam'], type: ['group', 'deletion'] } },
  'group-member-added': { ocsf: [3006, 3], api: 3, ecs: { category: ['iam'], type: ['group', 'change'] } },
  'group-member-removed': { ocsf: [3006, 4], api: 3, ecs: { category: ['iam'], type: ['group', 'change'] } },

  'credential-created': { ocsf: [3004, 1], api: 1, ecs: { category: ['iam'], type: ['creation'] } },
  'credential-read': { ocsf: [3004, 2], api: 2, ecs: { category: ['iam'], type: ['info'] } },
  'credential-updated': { ocsf: [3004, 3], api: 3, ecs: { category: ['iam'], type: ['change'] } },
  'credential-deleted': { ocsf: [3004, 4], api: 4, ecs: { category: ['iam'], type: ['deletion'] } },

  'configuration-created': { ocsf: [3004, 1], api: 1, ecs: { category: ['configuration'], type: ['creation'] } },
  'configuration-read': { ocsf: [3004, 2], api: 2, ecs: { category: ['configuration'], type: ['access'] } },
  'configuration-updated': { ocsf: [3004, 3], api: 3, ecs: { category: ['configuration'], type: ['change'] } },
  'configuration-deleted': { ocsf: [3004, 4], api: 4, ecs: { category: ['configuration'], type: ['deletion'] } },
  'configuration-enabled': { ocsf: [3004, 8], api: 3, ecs: { category: ['configuration'], type: ['change'] } },
  'configuration-disabled': { ocsf: [3004, 9], api: 3, ecs: { category: ['configuration'], type: ['change'] } },

  'content-created': { ocsf: [6001, 1], api: 1, ecs: { category: ['file'], type: ['creation'] } },
  'content-read': { ocsf: [6001, 2], api: 2, ecs: { category: ['file'], type: ['access'] } },
  'content-updated': { ocsf: [6001, 3], api: 3, ecs: { category: ['file'], type: ['change'] } },
  'content-deleted': { ocsf: [6001, 4], api: 4, ecs: { category: ['file'], type: ['deletion'] } },
  'content-imported': { ocsf: [6001, 6], api: 1, ecs: { category: ['file'], type: ['creation'] } },
  'content-exported': { ocsf: [6001, 7], api: 2, ecs: { category: ['file'], type: ['access'] } },
  'content-shared': { ocsf: [6001, 8], api: 3, ecs: { category: ['file'], type: ['change'] } },
  'content-unshared': { ocsf: [6001, 99], api: 3, name: 'Unshare', ecs: { category: ['file'], type: ['change'] } },
  'content-moved': { ocsf: [6001, 99], api: 3, name: 'Move', ecs: { category: ['file'], type: ['change'] } },
  'content-restored': { ocsf: [6001, 99], api: 3, name: 'Restore', ecs: { category: ['file'], type: ['change'] } },

  // ECS has no category for a run of an automation, and `process` is about those of an operating system.
  'run-requested': { ocsf: [6002, 3], api: 99, name: 'Start', ecs: { type: ['start'] } },
  'sync-started': { ocsf: [6002, 3], api: 99, name: 'Start', ecs: { category: ['database'], type: ['info'] } },
  'sync-ended': { ocsf: [6002, 4], api: 99, name: 'Stop', ecs: { category: ['database'], type: ['change'] } },
  'sync-failed': { ocsf: [6002, 4], api: 99, name: 'Stop', ecs: { category: ['database'], type: ['error'] } },
  'sync-canceled': { ocsf: [6002, 4], api: 99, name: 'Stop', ecs: { category: ['database'], type: ['info'] } },

  'api-created': { ocsf: [6003, 1], api: 1, ecs: { category: ['api'], type: ['creation'] } },
  'api-read': { ocsf: [6003, 2], api: 2, ecs: { category: ['api'], type: ['access'] } },
  'api-updated': { ocsf: [6003, 3], api: 3, ecs: { category: ['api'], type: ['change'] } },
  'api-deleted': { ocsf: [6003, 4], api: 4, ecs: { category: ['api'], type: ['deletion'] } },

  'event-emitted': { ocsf: [0, 99], api: 99, name: 'Emit', ecs: { type: ['info'] } },
  'events-missing': { ocsf: [0, 99], api: 99, name: 'Gap', severity: 3, ecs: { type: ['error'] } },
  /** An activity that the mapping does not know. */
  other: { ocsf: [6003, 99], api: 99, ecs: { type: ['info'] } },
} as const satisfies Readonly<Record<string, ActivityRow>>

export type Activity = keyof typeof ACTIVITIES

/** The row of an activity, with the type of all rows. */
export function rowOf(activity: Activity): ActivityRow {
  return ACTIVITIES[activity]
}
