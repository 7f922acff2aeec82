{{/* What no schema can check: how values fit together, and the Secrets they name. Each message says what to do. */}}
{{- define "menagerie.checks" -}}
{{- if not .Values.image -}}{{- fail "\n\nSet image to the complete reference of the server's image, for example --set image=registry.example.com/menagerie:0.1.0\n" -}}{{- end -}}

{{- $database := .Values.database -}}
{{- if and $database.bundled (or $database.external.secret $database.external.ownerSecret $database.external.superuserSecret) -}}
{{- fail "\n\ndatabase.bundled and database.external are both set. Set database.bundled=false to use yours, or leave database.external empty.\n" -}}
{{- end -}}
{{- if and (not $database.bundled) (not (and $database.external.secret $database.external.ownerSecret)) -}}
{{- fail "\n\ndatabase.bundled is false, so database.external.secret (with menagerie_database_url) and database.external.ownerSecret (with menagerie_owner_database_url) must name Secrets.\n" -}}
{{- end -}}
{{- if and (not $database.bundled) (eq $database.external.secret $database.external.ownerSecret) -}}
{{- fail "\n\ndatabase.external.secret and database.external.ownerSecret are the same Secret. Use two: reading the server's must not reveal the owner's.\n" -}}
{{- end -}}
{{- if and (not $database.bundled) (or $database.postgres.existingSecrets.server $database.postgres.existingSecrets.owner $database.postgres.existingSecrets.superuser) -}}
{{- fail "\n\ndatabase.postgres.existingSecrets are for the bundled PostgreSQL, but database.bundled is false. Name your Secrets in database.external.\n" -}}
{{- end -}}
{{- if and (not .Values.cache.bundled) .Values.cache.valkey.existingSecret -}}
{{- fail "\n\ncache.valkey.existingSecret is for the bundled Valkey, but cache.bundled is false. Name your Secret in cache.external.secret.\n" -}}
{{- end -}}
{{- if and .Values.cache.bundled .Values.cache.external.secret -}}
{{- fail "\n\ncache.bundled and cache.external.secret are both set. Set cache.bundled=false to use yours, or leave cache.external empty.\n" -}}
{{- end -}}
{{- if and (not .Values.cache.bundled) (not .Values.cache.external.secret) -}}
{{- fail "\n\ncache.bundled is false, so cache.external.secret must name a Secret with menagerie_redis_url.\n" -}}
{{- end -}}

{{- $host := include "menagerie.publicHost" . -}}
{{- if and .Values.demo.enabled (not (has $host (list "localhost" "127.0.0.1"))) -}}
{{- fail (printf "\n\ndemo.enabled adds accounts whose password everybody knows, but publicUrl is on %s. Set demo.enabled=false, or publicUrl to an address on localhost.\n" $host) -}}
{{- end -}}
{{- if and .Values.development (not (has $host (list "localhost" "127.0.0.1"))) -}}
{{- fail (printf "\n\ndevelopment lets the code be changed while it runs, but publicUrl is on %s. Set development=false, or publicUrl to an address on localhost.\n" $host) -}}
{{- end -}}
{{- if and .Values.ingress.enabled (ne .Values.ingress.host $host) -}}
{{- fail (printf "\n\ningress.host is %q, but publicUrl is on %q. Set both to the name that customers use.\n" .Values.ingress.host $host) -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.tlsSecret) -}}
{{- fail "\n\ningress.host has no certificate: set ingress.tlsSecret to a Secret with tls.crt and tls.key for it.\n" -}}
{{- end -}}
{{- if and .Values.gateway.enabled (ne .Values.gateway.host $host) -}}
{{- fail (printf "\n\ngateway.host is %q, but publicUrl is on %q. Set both to the name that customers use.\n" .Values.gateway.host $host) -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not (and .Values.gateway.parentRefs .Values.gateway.authorityConfigMap)) -}}
{{- fail "\n\ngateway.enabled needs gateway.parentRefs (your Gateway) and gateway.authorityConfigMap (a ConfigMap with ca.crt, by which the Gateway verifies the server).\n" -}}
{{- end -}}

{{- if and (eq .Values.tls.source "certManager") (not .Values.tls.certManager.issuerRef.name) -}}
{{- fail "\n\ntls.source is certManager, so tls.certManager.issuerRef.name must name an Issuer or ClusterIssuer.\n" -}}
{{- end -}}
{{- if eq .Values.tls.source "existing" -}}
{{- range $part, $needed := dict "server" true "postgres" $database.bundled "valkey" .Values.cache.bundled -}}
{{- if and $needed (not (get $.Values.tls.existing $part)) -}}
{{- fail (printf "\n\ntls.source is existing, so tls.existing.%s must name a Secret with ca.crt, tls.crt and tls.key.\n" $part) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $server := .Values.server -}}
{{- $least := ternary $server.autoscaling.minReplicas $server.replicas $server.autoscaling.enabled | int -}}
{{- if and $server.podDisruptionBudget.enabled (le $least (int $server.podDisruptionBudget.minAvailable)) -}}
{{- fail (printf "\n\nserver.podDisruptionBudget.minAvailable is %v, but there may be only %d pods, so no node could ever be drained. Run more pods, or set server.podDisruptionBudget.enabled=false.\n" $server.podDisruptionBudget.minAvailable $least) -}}
{{- end -}}
{{- if and $server.autoscaling.enabled (gt (int $server.autoscaling.minReplicas) (int $server.autoscaling.maxReplicas)) -}}
{{- fail "\n\nserver.autoscaling.minReplicas is more than maxReplicas.\n" -}}
{{- end -}}

{{- $keys := .Values.masterKeys -}}
{{- if or (lt (int $keys.first) (int $keys.oldest)) (gt (int $keys.first) (int $keys.newest)) -}}
{{- fail "\n\nmasterKeys.first must be one of the keys from masterKeys.oldest to masterKeys.newest.\n" -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.networkPolicy.enabled (not .Values.metrics.from) -}}
{{- fail "\n\nmetrics.serviceMonitor is enabled, but network policies let nobody read the metrics. Name Prometheus's namespace in metrics.from.\n" -}}
{{- end -}}
{{- include "menagerie.secretChecks" . -}}
{{- end -}}
