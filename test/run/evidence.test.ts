import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { summaryText } from '../../pipeline/report/text.js'
import { replay } from '../../pipeline/run/replay.js'

async function told(
  lines: readonly string[],
  lang: 'en' | 'zh',
): Promise<{ text: string; evidence: Record<string, number> }> {
  const dir = await mkdtemp(join(tmpdir(), 'evidence-'))
  await writeFile(join(dir, 'pasted.txt'), `${lines.join('\n')}\n`)
  const result = await replay({ paths: [join(dir, 'pasted.txt')], now: Date.parse('2026-11-25T00:00:00Z') })
  await rm(dir, { recursive: true })
  const text = summaryText(result, { lang, columns: 100, color: false, canRedraw: false })
  return { text, evidence: result.summary.evidence }
}

test('kernel lines that somebody pastes: no timeout, but what they mean and what to do', async () => {
  const full = 'nf_conntrack: nf_conntrack: table full, dropping packet'
  const { text, evidence } = await told([full, full], 'en')
  expect(evidence).toEqual({ 'nat-table-exhausted': 2 })
  expect(text).toMatch(
    /No TCP timeout[\s\S]*- NAT ports or connection table .* \(TCP\/IP stack, 2 lines\)\n {2}Find the device/,
  )
  const zh = await told(['e1000e 0000:00:1f.6 eth0: Detected Hardware Unit Hang:'], 'zh')
  expect(zh.evidence).toEqual({ 'nic-hang': 1 })
  expect(zh.text).toContain('网卡挂起并复位（硬件问题，1 行）')
})

test('lines that mean nothing bad are left alone', async () => {
  const { text, evidence } = await told(
    ['TCP: Hash tables configured (established 524288 bind 65536)', 'server started'],
    'en',
  )
  expect(evidence).toEqual({})
  expect(text).not.toContain('though:')
})
