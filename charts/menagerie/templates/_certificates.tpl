{{/*
The chart's own authority, made once and then found by lookup. A new generation keeps its predecessor trusted: first
everybody trusts both, then certificates are reissued, then the predecessor is forgotten, one upgrade for each.
Sets .Values._authority: ca, previous, bundle.
*/}}
{{- define "menagerie.makeAuthority" -}}
{{- if not (hasKey .Values "_authority") -}}
{{- $name := printf "%s-authority" (include "menagerie.name" .) -}}
{{- $old := lookup "v1" "Secret" .Release.Namespace $name | default dict -}}
{{- $generation := dig "metadata" "annotations" "menagerie/generation" "" $old -}}
{{- $found := dig "data" "tls.crt" "" $old -}}
{{- $ca := "" -}}
{{- $previous := "" -}}
{{- if and $found (eq $generation (.Values.tls.authority.generation | toString)) -}}
{{- $ca = buildCustomCert $found (dig "data" "tls.key" "" $old) -}}
{{- $previous = dig "data" "previous.crt" "" $old | b64dec -}}
{{- else -}}
{{- $ca = genCA (printf "%s authority %v" (include "menagerie.name" .) .Values.tls.authority.generation | trunc 63) (int .Values.tls.authority.days) -}}
{{- $previous = $found | b64dec -}}
{{- end -}}
{{- if .Values.tls.authority.forgetPrevious -}}{{- $previous = "" -}}{{- end -}}
{{- $_ := set .Values "_authority" (dict "ca" $ca "previous" $previous "bundle" (printf "%s%s" $ca.Cert $previous)) -}}
{{- end -}}
{{- end -}}

{{/*
A component's certificate under the chart's authority, kept until it's about to expire or its names or tls.generation
change. (list . "postgres" <names>) sets .Values._certificate_postgres: crt, key, expires, madeFor.
*/}}
{{- define "menagerie.makeCertificate" -}}
{{- $root := index . 0 -}}
{{- $at := printf "_certificate_%s" (index . 1) -}}
{{- if not (hasKey $root.Values $at) -}}
{{- include "menagerie.makeAuthority" $root -}}
{{- $old := lookup "v1" "Secret" $root.Release.Namespace (printf "%s-%s-tls" (include "menagerie.name" $root) (index . 1)) | default dict -}}
{{- $madeFor := printf "%s %v" (index . 2) $root.Values.tls.generation | sha256sum | trunc 16 -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $expires := dig "metadata" "annotations" "menagerie/expires" "0" $old | int64 -}}
{{- $fits := eq $madeFor (dig "metadata" "annotations" "menagerie/made-for" "" $old) -}}
{{- if and $fits (gt $expires (add $now (mul 86400 $root.Values.tls.renewDays))) (dig "data" "tls.key" "" $old) -}}
{{- $_ := set $root.Values $at (dict "crt" (dig "data" "tls.crt" "" $old | b64dec) "key" (dig "data" "tls.key" "" $old | b64dec) "expires" $expires "madeFor" $madeFor) -}}
{{- else -}}
{{- $names := list -}}
{{- $addresses := list -}}
{{- range splitList "," (index . 2) | uniq -}}
{{- if regexMatch "^[0-9.]+$|:" . -}}{{- $addresses = append $addresses . -}}{{- else -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- $days := int $root.Values.tls.days -}}
{{- $leaf := genSignedCert (first $names | trunc 63) $addresses $names $days $root.Values._authority.ca -}}
{{- $_ := set $root.Values $at (dict "crt" $leaf.Cert "key" $leaf.Key "expires" (add $now (mul 86400 $days)) "madeFor" $madeFor) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The Secret of a component's certificate under the chart's authority: (list . "postgres" <names>). */}}
{{- define "menagerie.certificateSecret" -}}
{{- $root := index . 0 -}}
{{- include "menagerie.makeCertificate" . -}}
{{- $made := get $root.Values (printf "_certificate_%s" (index . 1)) -}}
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata:
  name: {{ include "menagerie.name" $root }}-{{ index . 1 }}-tls
  labels: {{- include "menagerie.labels" (list $root (index . 1)) | nindent 4 }}
  annotations:
    menagerie/expires: {{ $made.expires | quote }}
    menagerie/made-for: {{ $made.madeFor | quote }}
data:
  ca.crt: {{ $root.Values._authority.bundle | b64enc }}
  tls.crt: {{ $made.crt | b64enc }}
  tls.key: {{ $made.key | b64enc }}
{{- end -}}

{{/* A Certificate for cert-manager: (list . "postgres" <names>). */}}
{{- define "menagerie.certManagerCertificate" -}}
{{- $root := index . 0 -}}
{{- $names := list -}}
{{- $addresses := list -}}
{{- range splitList "," (index . 2) | uniq -}}
{{- if regexMatch "^[0-9.]+$|:" . -}}{{- $addresses = append $addresses . -}}{{- else -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ include "menagerie.name" $root }}-{{ index . 1 }}
  labels: {{- include "menagerie.labels" (list $root (index . 1)) | nindent 4 }}
spec:
  secretName: {{ include "menagerie.tlsSecret" (list $root (index . 1)) }}
  dnsNames: {{- toYaml $names | nindent 4 }}
  {{- with $addresses }}
  ipAddresses: {{- toYaml . | nindent 4 }}
  {{- end }}
  privateKey: {algorithm: ECDSA, size: 256, rotationPolicy: Always}
  usages: [server auth]
  issuerRef: {{- toYaml $root.Values.tls.certManager.issuerRef | nindent 4 }}
{{- end -}}

{{/* The name of the Secret with a component's certificate: (list . "postgres"). */}}
{{- define "menagerie.tlsSecret" -}}
{{- $root := index . 0 -}}
{{- if eq $root.Values.tls.source "existing" -}}{{- get $root.Values.tls.existing (index . 1) -}}
{{- else -}}{{- printf "%s-%s-tls" (include "menagerie.name" $root) (index . 1) -}}{{- end -}}
{{- end -}}

{{/* The names in the server's certificate. */}}
{{- define "menagerie.serverNames" -}}
{{- printf "%s,%s,localhost,127.0.0.1" (include "menagerie.publicHost" .) (include "menagerie.serviceNames" (list . "")) -}}
{{- range .Values.allowedHosts }},{{ . }}{{ end -}}
{{- end -}}
