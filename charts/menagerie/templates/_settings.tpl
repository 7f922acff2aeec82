{{/* The environment of every container of our own image. Contains no secrets. */}}
{{- define "menagerie.settings" -}}
{{- $hosts := splitList "," (include "menagerie.serviceNames" (list . "")) -}}
MENAGERIE_ALLOWED_HOSTS: {{ concat $hosts .Values.allowedHosts | uniq | join "," | quote }}
MENAGERIE_DEMO: {{ .Values.demo.enabled | quote }}
MENAGERIE_HOST: "0.0.0.0"
MENAGERIE_METRICS_HOST: "0.0.0.0"
MENAGERIE_METRICS_PORT: "9464"
MENAGERIE_PORT: "8443"
MENAGERIE_PUBLIC_URL: {{ .Values.publicUrl | quote }}
MENAGERIE_SECRETS_DIR: /run/menagerie/secrets
MENAGERIE_TLS_CERTIFICATE: /run/menagerie/tls/tls.crt
MENAGERIE_TLS_KEY: /run/menagerie/tls/tls.key
{{- range $name, $value := .Values.settings }}
MENAGERIE_{{ $name | upper }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}
