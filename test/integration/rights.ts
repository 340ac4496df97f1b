import kafkajs, { type Admin } from 'kafkajs'

export type Right = {
  readonly kind: 'TOPIC' | 'GROUP' | 'CLUSTER'
  readonly name: string
  readonly operation: 'READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS'
  /** Of all whose names begin so. */
  readonly isPrefix?: boolean
}

/** Gives rights to a user, by ACLs. */
export async function allow(admin: Admin, user: string, rights: readonly Right[]): Promise<void> {
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs
  await admin.createAcls({
    acl: rights.map((r) => ({
      resourceType: AclResourceTypes[r.kind],
      resourceName: r.name,
      resourcePatternType: r.isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation: AclOperationTypes[r.operation],
      permissionType: AclPermissionTypes.ALLOW,
    })),
  })
}
