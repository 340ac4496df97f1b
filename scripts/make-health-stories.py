#!/usr/bin/env python3
"""Writes fixtures/health: two stories in which nothing fails yet.

slowing-line  the answers of one shop take longer every hour, and come near its limit of 8 s: a warning is due.
daily-peak    at noon everything is slow, as it was at noon the day before: nobody is to be woken.

Made from a fixed seed. Run from the project's root: python3 scripts/make-health-stories.py
"""
import datetime as dt
import os
import random

UTC = dt.timezone.utc
SITES = [('0501', 'northnet', 1), ('0502', 'northnet', 2), ('0503', 'southtel', 3)]
AN_HOUR = 30


def story(name, days, hours, factor):
    r = random.Random(name)
    out = f'fixtures/health/{name}'
    inventory = ['terminal_id,ip,site,isp']
    for site, isp, net in SITES:
        for n in (1, 2):
            tid = f'T{site}0{n}'
            inventory.append(f'{tid},192.168.{net}.2{n},{site},{isp}')
            lines = []
            stan = 100
            for day in range(days):
                begin = dt.datetime(2026, 3, 9 + day, hours[0], 0, tzinfo=UTC)
                lines.append((begin, f'till 2.0 starting tid={tid} host=pay.example.net:9443 connect_timeout=5.0 read_timeout=8.0'))
                for hour in hours:
                    for _ in range(AN_HOUR):
                        at = begin.replace(hour=hour) + dt.timedelta(seconds=r.uniform(10, 3590))
                        took = min(7600, r.lognormvariate(0, 0.25) * 300 * factor(site, day, hour))
                        stan += 1
                        lines.append((at, f'sale approved tid={tid} stan={stan:06d} rc=00 elapsed={took:.0f}ms'))
            lines.sort()
            path = f'{out}/logs/till-{site}-{n}/till.log'
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as f:
                for at, text in lines:
                    f.write(f"{at.strftime('%Y-%m-%d %H:%M:%S')},{at.microsecond // 1000:03d} INFO [till] {text}\n")
    with open(f'{out}/inventory.csv', 'w') as f:
        f.write('\n'.join(inventory) + '\n')


def slowing(site, day, hour):
    return 1 if site != '0501' or hour < 11 else 1.9 ** (hour - 10)


def peak(site, day, hour):
    return {11: 2.5, 12: 6}.get(hour, 1)


story('slowing-line', 1, range(8, 15), slowing)
story('daily-peak', 2, range(8, 13), peak)
