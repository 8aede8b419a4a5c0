# at: src/attending/loop/planted.py
import logging
import traceback

import structlog

_log = logging.getLogger(__name__)
log = structlog.get_logger("attending.loop")


def told(statement, patient, case, span, telemetry, token, name):
    # ruleid: clinical-words-in-logs
    log.info("drafted", text=statement.form)
    # ruleid: clinical-words-in-logs
    log.info("drafted", what=statement.text)
    # ruleid: clinical-words-in-logs
    log.info("drafted", what=len(str(patient.identity.birth_date)))
    # ruleid: clinical-words-in-logs
    _log.warning("patient %s", patient.name)
    # ruleid: clinical-words-in-logs
    _log.warning("refused %s", token)
    # ruleid: clinical-words-in-logs
    log.bind(body=case)
    # ruleid: clinical-words-in-logs
    span.set_attribute("name", case)
    # ruleid: clinical-words-in-logs
    span.set_attribute("attending.patient", patient.name)
    # ruleid: clinical-words-in-logs
    telemetry.span("infer", case.tenant, case.encounter, transcript=statement)
    # ruleid: clinical-words-in-logs
    print("drafted", statement.text)
    # ok: clinical-words-in-logs
    log.info("drafted", case=str(case.id), version=case.version, kind=type(case).__name__)
    # ok: clinical-words-in-logs
    log.info("entered", span=name)
    # ok: clinical-words-in-logs
    span.set_attribute("attending.error", case.code)
    # ok: clinical-words-in-logs
    telemetry.span("infer", case.tenant, case.encounter, source=str(case.source))


def failed(job):
    try:
        job()
    except ValueError as error:
        # ruleid: errors-words-in-logs
        log.warning("failed", error=str(error))
        # ruleid: errors-words-in-logs
        _log.warning("failed: %s", error)
        # ruleid: errors-words-in-logs
        log.warning("failed", said=error.message)
        # ruleid: errors-words-in-logs
        _log.warning("failed", exc_info=True)
        # ruleid: errors-words-in-logs
        _log.exception("failed")
        # ok: errors-words-in-logs
        log.exception("failed", kind=type(error).__name__)
        # ruleid: errors-words-in-logs
        log.warning("failed", at=traceback.format_exc())
        # ok: errors-words-in-logs
        log.warning("failed", code=error.code, kind=type(error).__name__)


def built(case):
    # ruleid: built-log-event
    log.info(f"drafted {case.id}")
    # ruleid: built-log-event
    _log.info("drafted " + case.id)
    # ruleid: built-log-event
    _log.info("drafted %s" % case.id)
    # ok: built-log-event
    _log.info("drafted %s", case.id)
