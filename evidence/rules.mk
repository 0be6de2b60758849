# Decoders that need libc only: for every process.
EVIDENCE_BASE	= evidence/bytes.c evidence/bytes_text.c evidence/alg.c
EVIDENCE_IMA	= evidence/ima.c evidence/ima_fields.c
EVIDENCE_SNP	= evidence/snp_report.c
EVIDENCE_FILES	= evidence/fileset.c evidence/filetext.c
# Everything that the client's appraising process links:
# LIBS crypto mu jansson.
EVIDENCE_ALL	= $(EVIDENCE_BASE) $(EVIDENCE_IMA) $(EVIDENCE_SNP) \
		  $(EVIDENCE_FILES) evidence/checks.c evidence/ima_match.c \
		  evidence/hash.c evidence/ima_verify.c evidence/tpm.c \
		  evidence/tpm_key.c evidence/tpm_verify.c \
		  evidence/snp_verify.c evidence/snp_vek.c evidence/roots.c \
		  evidence/snp_chain.c evidence/snp_rules.c evidence/x509.c \
		  evidence/rules.c evidence/rules_json.c evidence/crl.c \
		  evidence/intel_chain.c \
		  evidence/utc.c \
		  evidence/json.c evidence/attest.c evidence/quote_json.c \
		  evidence/attest_verify.c evidence/snapshot_fields.c \
		  evidence/snapshot_read.c evidence/snapshot_cvm.c \
		  evidence/snapshot_write.c evidence/policy.c \
		  evidence/appraise.c evidence/appraise_claims.c \
		  evidence/appraise_tpm.c evidence/appraise_tee.c \
		  evidence/appraise_snapshot.c evidence/binding.c \
		  evidence/appraise_roots.c \
		  evidence/challenge.c evidence/credential.c \
		  evidence/tpm_certs.c
EVIDENCE_ALL	+= evidence/snapshot_tee.c evidence/appraise_policy.c \
		   evidence/appraise_tee_pin.c $(EVIDENCE_KINDS)
EVIDENCE_ALL	+= evidence/appraise_ek.c evidence/appraise_boot.c \
		   evidence/boot_changes.c evidence/snapshot_boot.c \
		   evidence/appraise_volume.c $(EVIDENCE_KINDS)
# Intel's quotes and collateral: LIBS crypto jansson.
EVIDENCE_TDX	= evidence/tdx_quote.c evidence/sgx_ext.c evidence/tdx_verify.c \
		  evidence/tcb_info.c evidence/tcb_match.c \
		  evidence/tdx_collateral.c
# Boot logs, IMA lists, TPM quotes and certificates: LIBS crypto mu jansson.
EVIDENCE_LOGS	= evidence/eventlog.c evidence/eventlog_replay.c \
		  evidence/eventlog_claims.c evidence/pcr_table.c \
		  evidence/ima_banks.c evidence/ima_ascii.c \
		  evidence/ima_sig.c evidence/tpm_forms.c \
		  evidence/tpm_claims.c evidence/roots_tpm.c \
		  evidence/x509_chain.c
# Evidence judged kind by kind (kind.h): besides EVIDENCE_ALL.
EVIDENCE_KINDS	= $(EVIDENCE_TDX) evidence/kind_tdx.c evidence/tdx_claims.c \
		  evidence/kind.c evidence/kinds.c
EVIDENCE_KINDS	+= evidence/kind_snp.c evidence/snp_case.c
EVIDENCE_KINDS	+= evidence/kind_ratls.c evidence/ratls.c \
		   evidence/kind_snapshot.c evidence/policy_tdx.c
EVIDENCE_KINDS	+= evidence/kind_azure.c evidence/kind_azure_cert.c \
		   evidence/hcl.c evidence/hcl_vars.c evidence/hcl_quote.c
EVIDENCE_KINDS	+= $(EVIDENCE_LOGS) evidence/kind_eventlog.c \
		   evidence/kind_ima.c evidence/kind_tpm.c \
		   evidence/kind_cert.c
