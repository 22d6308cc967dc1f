import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ACTIVITIES, type Activity, rowOf } from '../../../../functions/deliver/normal-forms/activities.ts'
import { MAPPINGS } from '../../../../functions/deliver/normal-forms/registry.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/normal-forms.md'), 'utf8')

describe('docs/normal-forms.md', () => {
  it.each(Object.keys(ACTIVITIES) as Activity[])('says what becomes of %s', (activity) => {
    const { ocsf, ecs } = rowOf(activity)
    const cells = page
      .split('\n')
      .find((line) => line.startsWith(`| \`${activity}\` `))
      ?.split('|')
      .map((cell) => cell.trim())
    expect(cells?.slice(2, 6)).toEqual([
      expect.stringMatching(new RegExp(`^${ocsf[0]} `)),
      expect.stringMatching(new RegExp(`^${ocsf[1]} `)),
      ecs.category?.join(', ') ?? '–',
      ecs.type.join(', '),
    ])
  })

  it.each(Object.values(MAPPINGS).map(({ product }) => product.name))('has a section about %s', (name) => {
    expect(page).toMatch(new RegExp(`^### ${name}`, 'm'))
  })
})
