{{/*
The connections of a component: (list . "server" <ingress> <egress>), each as YAML, or "" for none.
*/}}
{{- define "menagerie.policy" -}}
{{- $root := index . 0 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "menagerie.name" $root }}-{{ index . 1 }}
  labels: {{- include "menagerie.labels" (list $root (index . 1)) | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "menagerie.selector" (list $root (index . 1)) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:{{ with index . 2 | trim }}{{ . | nindent 4 }}{{ else }} []{{ end }}
  egress:{{ with index . 3 | trim }}{{ . | nindent 4 }}{{ else }} []{{ end }}
{{- end -}}

{{/* To or from components of this release on a port: (list . "from" 5432 "server" "migration" …). */}}
{{- define "menagerie.arrow" -}}
{{- $root := index . 0 }}
- {{ index . 1 }}:
    {{- range $part := slice . 3 }}
    - podSelector:
        matchLabels: {{- include "menagerie.selector" (list $root $part) | nindent 10 }}
    {{- end }}
  ports: [{port: {{ index . 2 }}, protocol: TCP}]
{{- end -}}

{{- define "menagerie.toNames" }}
- to: {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end -}}

{{- define "menagerie.toDatabase" }}
{{- if .Values.database.bundled }}
{{- include "menagerie.arrow" (list . "to" 5432 "postgres") }}
{{- else }}
{{- include "menagerie.outside" (list .Values.database.external .Values.database.external.port) }}
{{- end }}
{{- end -}}

{{/* The owner may have to bypass a pooler. */}}
{{- define "menagerie.ownerToDatabase" }}
{{- include "menagerie.toDatabase" . }}
{{- if and (not .Values.database.bundled) .Values.database.external.ownerPort }}
{{- include "menagerie.outside" (list .Values.database.external .Values.database.external.ownerPort) }}
{{- end }}
{{- end -}}

{{- define "menagerie.toCache" }}
{{- if .Values.cache.bundled }}
{{- include "menagerie.arrow" (list . "to" 6379 "valkey") }}
{{- else }}
{{- include "menagerie.outside" (list .Values.cache.external .Values.cache.external.port) }}
{{- end }}
{{- end -}}

{{- define "menagerie.toCollector" }}
{{- if .Values.telemetry.environment }}
{{- include "menagerie.outside" (list .Values.telemetry .Values.telemetry.port) }}
{{- end }}
{{- end -}}

{{/* To anything outside this release: (list <external> <port>). */}}
{{- define "menagerie.outside" }}
{{- $external := index . 0 }}
- to:
    {{- if $external.peers }}
    {{- toYaml $external.peers | nindent 4 }}
    {{- else }}
    {{- range $external.cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
    {{- end }}
  ports: [{port: {{ index . 1 }}, protocol: TCP}]
{{- end -}}

{{- define "menagerie.toServer" }}
{{- if .Values.networkPolicy.from }}
- from:
    {{- toYaml .Values.networkPolicy.from | nindent 4 }}
    - podSelector:
        matchLabels: {{- include "menagerie.selector" (list . "story") | nindent 10 }}
  ports: [{port: 8443, protocol: TCP}]
{{- else }}
- ports: [{port: 8443, protocol: TCP}]
{{- end }}
{{- with .Values.metrics.from }}
- from: {{- toYaml . | nindent 4 }}
  ports: [{port: 9464, protocol: TCP}]
{{- end }}
{{- end -}}
