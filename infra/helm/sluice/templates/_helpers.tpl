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

{{- define "sluice.environment" -}}
- name: TEMPORAL_ADDRESS
  value: {{ required "set temporal.address to the host:port of the Temporal server" .Values.temporal.address | quote }}
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
{{- with .Values.codecSecret }}
- name: SLUICE_CODEC_KEY
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: codec-key }
{{- end }}
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
