{{- define "sluice.labels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sluice.claim" -}}
{{- .Values.data.existingClaim | default (printf "%s-data" .Release.Name) }}
{{- end }}

{{/* The installed server has its whole name, which KEDA needs from its own namespace. */}}
{{- define "sluice.address" -}}
{{- with .Values.temporal }}
{{- if .enabled }}
{{- $name := .nameOverride | default "temporal" }}
{{- $name = contains $name $.Release.Name | ternary $.Release.Name (printf "%s-%s" $.Release.Name $name) }}
{{- printf "%s-frontend.%s.svc:7233" (.fullnameOverride | default $name) $.Release.Namespace }}
{{- else }}
{{- required "set temporal.address to the host:port of the Temporal server, or temporal.enabled" .address }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.environment" -}}
- name: TEMPORAL_ADDRESS
  value: {{ include "sluice.address" . | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
{{- if .Values.temporal.tlsSecret }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /secrets/tls/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /secrets/tls/tls.key
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /secrets/tls/ca.crt
{{- end }}
{{- with .Values.temporal.tlsServerName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- with .Values.temporal.apiKeySecret }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: api-key }
{{- end }}
{{- if .Values.data.bucket }}
{{- include "sluice.bucket" . | nindent 0 }}
{{- end }}
{{- with .Values.codecSecret }}
- name: SLUICE_CODEC_KEY
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: codec-key }
{{- end }}
{{- end }}

{{- define "sluice.bucket" -}}
{{- with .Values.data -}}
- name: SLUICE_HOME
  value: {{ .bucket | quote }}
- name: SLUICE_CACHE
  value: /cache
- name: SLUICE_CACHE_BYTES
  value: {{ int64 .cache.bytes | quote }}
{{- with .s3.endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ . | quote }}
{{- end }}
{{- with .s3.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- if .s3.insecure }}
- name: SLUICE_INSECURE_STORE
  value: "1"
{{- end }}
{{- with .s3.secret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: access-key-id }
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: secret-access-key }
{{- end }}
{{- end }}
{{- end }}

{{/* Port of the store: the endpoint's, or its protocol's. */}}
{{- define "sluice.storePort" -}}
{{- $url := urlParse (.Values.data.s3.endpoint | default "https://s3.amazonaws.com") }}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "http" | ternary "80" "443") }}
{{- end }}

{{/* A probe says Host: localhost: other names are refused, so that no web page can ask. */}}
{{- define "sluice.probe" -}}
httpGet:
  path: {{ . }}
  port: health
  httpHeaders:
    - name: Host
      value: localhost
{{- end }}
