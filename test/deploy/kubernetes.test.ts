import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { durationMs, loadConfig } from '../../pipeline/run/config.js'
import { read, wrongWith } from './tables.js'

type Labels = Readonly<Record<string, string>>
type Container = {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly resources: { readonly requests: Labels; readonly limits: Labels }
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } }
}
type Pod = {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext: { readonly runAsNonRoot: boolean }
}
type Item = {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: Labels
  readonly spec?: {
    readonly selector?: Labels & { readonly matchLabels?: Labels }
    readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod }
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[]
  }
}
const text = read('deploy/kubernetes/whytimeout.yaml')
const { items } = parse(text) as { readonly items: readonly Item[] }
const of = (kind: string) => items.filter((i) => i.kind === kind)
const pods = items.flatMap((i) => (i.spec?.template ? [[i.metadata.name, i.spec.template.spec] as const] : []))
const mebi = (amount: string | undefined): number =>
  Number.parseInt(amount ?? '', 10) * (amount?.endsWith('Gi') ? 1024 : 1)

describe('Kubernetes', () => {
  test('every command is one, on paths that are mounted', () => {
    for (const [name, { containers, initContainers = [], volumes }] of pods)
      for (const c of [...initContainers, ...containers]) {
        expect(wrongWith(c.args), name).toBeUndefined()
        const path = c.args[c.args.indexOf('--config') + 1] as string
        expect(
          c.volumeMounts.some((m) => path.startsWith(`${m.mountPath}/`)),
          path,
        ).toBe(true)
        for (const m of c.volumeMounts) expect(volumes.map((v) => v.name)).toContain(m.name)
      }
  })
  test('both stages, each with more time to end than it takes, probes that exist, and memory for its heap', () => {
    const stages = of('Deployment').map((d) => d.spec?.template?.spec as Pod)
    expect(stages.map((s) => s.containers[0]?.args.at(-1)).sort()).toEqual(['diagnose', 'parse'])
    for (const { containers, terminationGracePeriodSeconds } of stages) {
      const [c] = containers as [Container]
      expect(terminationGracePeriodSeconds).toBeGreaterThan(durationMs(/drain: (\w+)/.exec(text)?.[1] ?? '') / 1_000)
      expect(c.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' })
      expect(c.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' })
      expect(c.startupProbe?.httpGet.path).toBe('/healthz')
      const heap = Number(/old-space-size=(\d+)/.exec(c.env?.find((e) => e.name === 'NODE_OPTIONS')?.value ?? '')?.[1])
      expect(heap).toBeLessThan(mebi(c.resources.limits.memory) * 0.8)
    }
  })
  test('nothing runs as root or writes where it should not', () => {
    for (const [name, pod] of pods) {
      expect(pod.securityContext.runAsNonRoot, name).toBe(true)
      for (const c of [...(pod.initContainers ?? []), ...pod.containers])
        expect(c.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true })
    }
  })
  test('what selects pods selects some', () => {
    const labels = pods.map(
      ([name]) =>
        items.find((i) => i.metadata.name === name && i.spec?.template)?.spec?.template?.metadata.labels ?? {},
    )
    for (const { metadata, spec } of [...of('Deployment'), ...of('PodDisruptionBudget'), ...of('Service')]) {
      const wanted = Object.entries(spec?.selector?.matchLabels ?? (spec?.selector as Labels))
      expect(
        labels.some((have) => wanted.every(([k, v]) => have[k] === v)),
        metadata.name,
      ).toBe(true)
    }
  })
  test('the configuration is one; its secrets are those that the first lines create; its port is everywhere the same', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kubernetes-'))
    try {
      const given = of('ConfigMap')[0]?.data?.['whytimeout.yml'] as string
      const secrets = [...given.matchAll(/\$\{file:\/etc\/whytimeout\/secret\/([\w-]+)\}/g)].map((m) => m[1] as string)
      expect(secrets.length).toBeGreaterThan(2)
      for (const secret of secrets) {
        expect(text).toContain(`--from-literal=${secret}=`)
        writeFileSync(join(dir, secret), 'c2VjcmV0OiBvZiB0ZXN0cw==')
      }
      const path = join(dir, 'whytimeout.yml')
      writeFileSync(path, given.replaceAll('/etc/whytimeout/secret', dir))
      const { http } = await loadConfig(path, {})
      for (const d of of('Deployment'))
        expect(d.spec?.template?.spec.containers[0]?.ports).toEqual([{ name: 'http', containerPort: http?.port }])
      expect(of('Service')[0]?.spec?.ports?.[0]).toMatchObject({ port: http?.port, targetPort: 'http' })
      expect(text.match(/prometheus\.io\/port: "(\d+)"/)?.[1]).toBe(String(http?.port))
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
