import { describe, expect, test } from 'vitest'
import { SOURCES } from '../../../../functions/poll/sources/registry.ts'

test('the five vendors are known', () => {
  expect(Object.keys(SOURCES)).toEqual(
    expect.arrayContaining(['polytomic', 'merge', 'bloodhound', 'tines', 'smartsheet']),
  )
})

describe.each(Object.entries(SOURCES))('%s', (type, source) => {
  test('stands under its own type', () => {
    expect(source.type).toBe(type)
    expect(type).toMatch(/^[a-z][a-z0-9]*$/)
  })

  test('has pages that can shrink, and a budget', () => {
    const { pageSize, requestsPerMinute } = source.traits
    expect(pageSize.least).toBeGreaterThanOrEqual(1)
    expect(pageSize.initial).toBeGreaterThan(pageSize.least)
    expect(requestsPerMinute).toBeGreaterThan(0)
  })

  test('describes every field of its configuration, for the documentation', () => {
    for (const field of Object.values(source.config.shape)) {
      expect(field).toHaveProperty('description', expect.stringMatching(/.{5}/))
    }
  })
})
