import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import protobuf from 'protobufjs'
import { expect, it, onTestFinished } from 'vitest'
import { otlp } from '../../../../functions/deliver/destinations/otlp.ts'
import { createOtlp } from '../../../../local/receivers/otlp.ts'
import { serveReceiver } from '../../../../local/receivers/serve.ts'
import { postTo, someEvents } from './post-to-receiver.ts'

/** The .proto files of opentelemetry-proto 1.11.0 (https://github.com/open-telemetry/opentelemetry-proto), unchanged. */
const PROTO = join(import.meta.dirname, '../../../fixtures/opentelemetry-proto')

const REQUEST = 'opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest'
const RESPONSE = 'opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse'

function messageType(name: string): protobuf.Type {
  const root = new protobuf.Root()
  root.resolvePath = (_, target) => join(PROTO, target)
  root.loadSync('opentelemetry/proto/collector/logs/v1/logs_service.proto')
  return root.lookupType(name)
}

it('the published .proto files know every field that is sent, by this very name, and nothing is lost on the way through', () => {
  const type = messageType(REQUEST)
  const events = someEvents(3)
  const { request } = postTo(createOtlp(), otlp, events, { resource: { 'deployment.environment.name': 'prod' } })
  const sent = JSON.parse(String(request.body))
  expect(type.verify(type.fromObject(sent))).toBeNull()
  const bytes = type.encode(type.fromObject(sent)).finish()
  // What the files do not know would be gone, and what has another type would look otherwise.
  expect(type.toObject(type.decode(bytes), { longs: String })).toEqual(sent)
})

it('the response that is read is that of the published .proto files', () => {
  const type = messageType(RESPONSE)
  const written = { partialSuccess: { rejectedLogRecords: '2', errorMessage: 'x' } }
  expect(type.toObject(type.decode(type.encode(type.fromObject(written)).finish()), { longs: String })).toEqual(written)
})

it("OpenTelemetry's own exporter is served by the simulated receiver, which knows what a log record can hold", async () => {
  const receiver = createOtlp()
  const served = await serveReceiver(receiver, { port: 0 })
  onTestFinished(() => served.close())
  const { url } = receiver.settings(served.url)
  const exporter = new OTLPLogExporter({ url: `${url}`, headers: { authorization: 'Bearer simulated-otlp-token' } })
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
  provider.getLogger('test', '1.0.0').emit({
    eventName: 'tines.event',
    body: '{"id":9007199254740993}',
    severityNumber: 9,
    severityText: 'INFO',
    timestamp: new Date('2026-05-01T10:15:42.479Z'),
    attributes: { 'log.record.uid': 'evt_a', count: 3, ratio: 0.5, yes: true, list: ['a', 1], map: { a: 'b' } },
  })
  await provider.forceFlush()
  await provider.shutdown()
  expect(receiver.stored()).toEqual([{ id: 'evt_a', raw: '{"id":9007199254740993}' }])
})

it('the fixtures carry the licence that they came with', () => {
  for (const file of ['logs/v1/logs', 'common/v1/common', 'resource/v1/resource', 'collector/logs/v1/logs_service']) {
    const text = readFileSync(join(PROTO, `opentelemetry/proto/${file}.proto`), 'utf8')
    expect(text.slice(0, 200)).toContain('Licensed under the Apache License, Version 2.0')
  }
})
