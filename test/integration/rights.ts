import kafkajs, { type Admin } from 'kafkajs'
import { until } from './stage.js'

export type Right = {
  readonly kind: 'TOPIC' | 'GROUP' | 'CLUSTER'
  readonly name: string
  readonly operation: 'READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS'
  /** Of all whose names begin so. */
  readonly isPrefix?: boolean
}

/** Gives rights to a user, by ACLs. Resolves once the broker that is asked heeds them: that is a moment after it has taken them. */
export async function allow(admin: Admin, user: string, rights: readonly Right[]): Promise<void> {
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs
  const acl = rights.map((r) => ({
    resourceType: AclResourceTypes[r.kind],
    resourceName: r.name,
    resourcePatternType: r.isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: AclOperationTypes[r.operation],
    permissionType: AclPermissionTypes.ALLOW,
  }))
  await admin.createAcls({ acl })
  for (const one of acl)
    await until(async () => {
      const { resources } = await admin.describeAcls(one)
      return resources.some((r) => r.acls.length > 0) ? undefined : `${user} may not yet ${JSON.stringify(one)}`
    }, 30_000)
}
