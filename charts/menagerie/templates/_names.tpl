{{/*
The release's name with "menagerie" in it, or fullnameOverride, in at most 32 characters, so that what jobs, revisions
and their pods append still fits into 63. If something was cut off or a dot replaced, a hash keeps the name unique.
*/}}
{{- define "menagerie.name" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name -}}
{{- if not (or .Values.fullnameOverride (contains "menagerie" $name)) -}}{{- $name = printf "%s-menagerie" $name -}}{{- end -}}
{{- if or (gt (len $name) 32) (contains "." $name) -}}
{{- $name = printf "%s-%s" ($name | replace "." "-" | trunc 23 | trimSuffix "-") ($name | sha256sum | trunc 8) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* The labels that select a component's pods: (list . "server"). */}}
{{- define "menagerie.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: menagerie
app.kubernetes.io/instance: {{ include "menagerie.name" $root }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* All labels of a component's object: (list . "server"). */}}
{{- define "menagerie.labels" -}}
{{- $root := index . 0 -}}
{{ include "menagerie.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{/* A job's name ends with the revision and a hash of its inputs: jobs are immutable. (list . "migration") */}}
{{- define "menagerie.jobName" -}}
{{- $root := index . 0 -}}
{{- $hash := printf "%s %s" $root.Values.image (include "menagerie.settings" $root) | sha256sum | trunc 8 -}}
{{- printf "%s-%s-%d-%s" (include "menagerie.name" $root) (index . 1) $root.Release.Revision $hash -}}
{{- end -}}

{{/* The host name of publicUrl. */}}
{{- define "menagerie.publicHost" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end -}}

{{/* The names of a component's Service, separated by commas: (list . "postgres"); "" is the server. */}}
{{- define "menagerie.serviceNames" -}}
{{- $root := index . 0 -}}
{{- $short := include "menagerie.name" $root -}}
{{- if index . 1 -}}{{- $short = printf "%s-%s" $short (index . 1) -}}{{- end -}}
{{- $space := $root.Release.Namespace -}}
{{- printf "%s,%s.%s,%s.%s.svc,%s.%s.svc.cluster.local" $short $short $space $short $space $short $space -}}
{{- end -}}
