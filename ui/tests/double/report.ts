/** A report as the agent writes one. */
import type { ReportView } from '../../src/bindings/api';

export const REPORT: ReportView = {
  file_name: 'timbre-report-20261122-174000.txt',
  text: `timbre-report 1
made = 2026-11-22T17:40:00Z

[system]
os = linux
arch = x86_64

[line.1]
transport = tls
registration = registered

[call.1]
direction = outgoing
cause = normal
codec = opus
mos = 4.3
began = 2026-11-22T17:38:00Z
        0 ms -> INVITE           cseq 1 1204 B sdp sendrecv opus,G722,PCMA,PCMU,telephone-event crypto
       21 ms <- 100 INVITE       cseq 1 310 B
     4210 ms <- 200 INVITE       cseq 1 980 B sdp sendrecv opus,telephone-event crypto

[log]
left_out = 0
`,
};
