import { createServer } from 'node:net'
import kafkajs, { type Admin } from 'kafkajs'
import { type Broker, startKafka } from '../services/kafka.js'

/** A broker where who comes in by password may do what an ACL says, and who comes in without may do everything. */
export type SecuredBroker = {
  /** `host:port` without login. */
  readonly open: string
  /** `host:port` for users, by PLAIN. */
  readonly login: string
  readonly allow: (admin: Admin, user: string, rights: readonly Right[]) => Promise<void>
  readonly stop: Broker['stop']
}
export type Right = {
  readonly kind: 'TOPIC' | 'GROUP' | 'CLUSTER'
  readonly name: string
  readonly operation: 'READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS'
  readonly isPrefix?: boolean
}

export async function startSecured(users: Readonly<Record<string, string>>): Promise<SecuredBroker> {
  const [open, login, controller] = await freePorts(3)
  const passwords = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`)
  const broker = await startKafka([
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${open},SASL_PLAINTEXT://127.0.0.1:${login},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${open},SASL_PLAINTEXT://127.0.0.1:${login}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN',
    `listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${passwords.join(' ')};`,
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
  ])
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs
  return {
    open: `127.0.0.1:${open}`,
    login: `127.0.0.1:${login}`,
    allow: async (admin, user, rights) => {
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
    },
    stop: broker.stop,
  }
}

/** All at once, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((s) => new Promise((resolve) => s.once('listening', resolve))))
  const ports = servers.map((s) => (s.address() as { port: number }).port)
  await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))))
  return ports
}
