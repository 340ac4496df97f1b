/** What a Prometheus server would read of a page. */
export type Family = {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}
export type Sample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The text format, version 0.0.4. @throws on a line that is none of it */
export function readPage(page: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { name: string; type: string; help: string; samples: Sample[] }>()
  const familyOf = (sample: string) => {
    const family = families.get(sample) ?? families.get(sample.replace(/_(bucket|sum|count)$/, ''))
    if (!family) throw new Error(`${sample} has no HELP`)
    return family
  }
  for (const line of page.split('\n').filter((l) => l !== '')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line)
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (help) {
      const name = help[1] ?? ''
      if (families.has(name)) throw new Error(`${name} stands twice`)
      families.set(name, { name, type: '', help: help[2] ?? '', samples: [] })
    } else if (type) familyOf(type[1] ?? '').type = type[2] ?? ''
    else if (sample) {
      const [, name = '', labels = '', value = ''] = sample
      familyOf(name).samples.push({ name, labels: labelsOf(labels), value: Number(value.replace('Inf', 'Infinity')) })
    } else throw new Error(`no line of a page: ${line}`)
  }
  return families
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const m of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(,|$)/g)) labels[m[1] ?? ''] = m[2] ?? ''
  return labels
}

/**
 * What is wrong with a metric by the conventions for names, types and units.
 * @see https://prometheus.io/docs/practices/naming/ and /docs/instrumenting/writing_exporters/
 */
export function faultsOf({ name, type, help, samples }: Family): string[] {
  const words = name.split('_')
  const unit = ['seconds', 'bytes'].find((u) => words.includes(u))
  const bare = name.replace(/_total$/, '')
  return [
    ...(/^whytimeout(_[a-z]+)+$/.test(name) ? [] : ['is not whytimeout_ and small letters']),
    ...(['counter', 'gauge', 'histogram'].includes(type) ? [] : [`has no type that is used here: ${type}`]),
    ...((type === 'counter') === name.endsWith('_total') ? [] : ['_total is for counters, and for all of them']),
    ...(/_(bucket|sum|count|info_total)$/.test(name) ? ['ends as only a part of a histogram may'] : []),
    ...(/(milli|micro|nano|kilo|mega)|_(ms|us|ns|secs|sec|minutes|hours|kb|mb|percent|ratios)(_|$)/.test(name)
      ? ['is not in a base unit']
      : []),
    ...(unit !== undefined && !bare.endsWith(unit) ? [`the unit ${unit} does not end it`] : []),
    ...(words.includes('by') ? ['names a label'] : []),
    ...(/^[A-Z0-9].*\.$/.test(help) ? [] : ['its help is no sentence']),
    ...samples.flatMap((s) =>
      Object.keys(s.labels).flatMap((l) => (/^([a-z]+(_[a-z]+)*|le)$/.test(l) ? [] : [`has a label ${l}`])),
    ),
    ...samples.flatMap((s) => (Number.isNaN(s.value) ? [`${s.name} is no number`] : [])),
  ]
}
