# at: src/attending/loop/planted.py
def refused(statement, patient, case):
    if patient:
        # ruleid: clinical-words-in-errors
        raise InvalidInput(f"Nobody said {statement.text}.")
    if statement:
        # ruleid: clinical-words-in-errors
        raise Conflict("It was changed.", said=patient.identity)
    # ok: clinical-words-in-errors
    raise Conflict("It was changed.", case=case.id, version=case.version)
