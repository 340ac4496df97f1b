#!/usr/bin/env python3
"""Makes the labelled stories of fixtures/incidents by running real software with a fault put in.

    python3 scripts/lab/lab.py list
    python3 scripts/lab/lab.py build                 # once: tills and servers, from the registries
    python3 scripts/lab/lab.py run NAME… [--out DIR] [--jobs 5] [--keep]

Needs root, network namespaces, /dev/net/tun and the Debian packages that README.md names. Each story takes about four minutes, mostly asleep.
Made again, a story has other times, ports and counts, and the same causes.
"""
import argparse
import importlib
import os
import subprocess
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from world import BUILD, World, packages  # noqa: E402

STORIES = {}


def load():
    for f in sorted(os.listdir(os.path.join(HERE, 'stories'))):
        if f.endswith('.py'):
            for name, story in importlib.import_module(f'stories.{f[:-3]}').STORIES.items():
                STORIES[name] = story


def build():
    b = os.path.realpath(BUILD)
    tills = os.path.join(HERE, 'tills')
    for d in ('java', 'node', 'python'):
        os.makedirs(os.path.join(b, d), exist_ok=True)
    run = lambda *a, cwd=b: subprocess.run(a, cwd=cwd, check=True)
    run('cp', f'{tills}/pom.xml', f'{b}/java/')
    run('mvn', '-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib', cwd=f'{b}/java')
    run('javac', '-encoding', 'UTF-8', '-cp', f'{b}/java/lib/*', '-d', f'{b}/java/classes', f'{tills}/Till.java')
    run('cp', f'{tills}/log4j2.xml', f'{b}/java/classes/')
    os.makedirs(f'{b}/java/lib5', exist_ok=True)
    for jar in os.listdir(f'{b}/java/lib'):
        if jar.startswith(('httpclient5', 'httpcore5', 'logback', 'slf4j-api')):
            run('cp' if jar.startswith('slf4j') else 'mv', f'{b}/java/lib/{jar}', f'{b}/java/lib5/')
    run('javac', '-encoding', 'UTF-8', '-cp', f'{b}/java/lib5/*', '-d', f'{b}/java/classes5', f'{tills}/Till5.java')
    run('cp', f'{tills}/logback.xml', f'{b}/java/classes5/')
    run('cp', f'{tills}/package.json', f'{b}/node/')
    run('npm', 'install', '--silent', '--no-audit', '--no-fund', cwd=f'{b}/node')
    run('pip', 'install', '-q', '--target', f'{b}/python', '--python-version', '3.11', '--only-binary=:all:', '-r', f'{tills}/requirements.txt')
    run('go', 'build', '-trimpath', '-o', f'{b}/till-go', f'{tills}/till.go')
    run('go', 'build', '-trimpath', '-o', f'{b}/till-resty', '.', cwd=f'{tills}/resty')
    run('go', 'build', '-trimpath', '-o', f'{b}/authd', f'{HERE}/servers/authd.go')


def readme(story, world):
    rows = '\n'.join(f'| {os.path.basename(t["host"].name)} | `{t["tid"]}` | {t["site"]}, {t["isp"]} |' for t in world.tills)
    faults = '\n'.join(f'- `{f["cause"]}`{" (or " + ", ".join(f["acceptable"]) + ")" if f["acceptable"] else ""}: {f["note"]}, for {f["end"] - f["start"]:.0f} s' for f in world.faults) or '- nothing'
    return f"""# {story['title']}

{story['what']}

**Injected**

{faults}

**An expert reads**: {story['expert']}

**Software**: {packages(*story['packages'])}{story.get('more', '')}. Made by `python3 scripts/lab/lab.py run {world.name}`; times in `story.json`, labels in `truth.ndjson`.

| till | terminal | site |
| --- | --- | --- |
{rows}
"""


def run_one(name, out, keep):
    load()
    story = STORIES[name]
    world = World(name)
    try:
        story['run'](world)
        error = None
    except Exception:
        error = traceback.format_exc()
    world.stop()
    if error:
        return f'{name}: FAILED in {world.dir}\n{error}'
    target = os.path.join(out, name)
    truth, loose = world.collect(target, story, story.get('keep'))
    with open(os.path.join(target, 'README.md'), 'w') as f:
        f.write(readme(story, world))
    outcomes = {}
    for a in world.attempts():
        outcomes[a['outcome']] = outcomes.get(a['outcome'], 0) + 1
    phases = {}
    for t in truth:
        k = f"{t['suffered_by']}/{t['phase']}/{t['cause']}"
        phases[k] = phases.get(k, 0) + 1
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(target) for f in fs)
    if not keep:
        subprocess.run(['rm', '-rf', world.dir])
    return f'{name}: {outcomes} labels {phases} unexplained {len(loose)} {loose[:3]} {size // 1024} KB {world.dir if keep else ""}'


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('do', choices=['list', 'build', 'run'])
    p.add_argument('names', nargs='*')
    p.add_argument('--out', default=os.path.join(HERE, '../../fixtures/incidents'))
    p.add_argument('--jobs', type=int, default=5)
    p.add_argument('--keep', action='store_true', help='keep the working folders')
    a = p.parse_intermixed_args()
    if a.do == 'build':
        return build()
    load()
    if a.do == 'list':
        for name, s in STORIES.items():
            print(f"{name:32} {s['kind']:12} {s['title']}")
        return
    with ProcessPoolExecutor(a.jobs) as pool:
        for line in pool.map(run_one, a.names or list(STORIES), [a.out] * 99, [a.keep] * 99):
            print(line, flush=True)


if __name__ == '__main__':
    main()
