"""Uninstalling keeps the data and its keys, and the commands in the notes remove them too."""

from cluster.release import NAME, Release, eventually


def left(release: Release) -> set[str]:
    kinds = "deployment,statefulset,job,cronjob,service,configmap,secret,persistentvolumeclaim,networkpolicy,pod"
    names = release.kubectl("get", kinds, "-l", f"app.kubernetes.io/instance={NAME}", "-o", "name").split()
    return set(names)


def test_uninstalling_leaves_only_the_data_and_the_notes_commands_leave_nothing(release: Release) -> None:
    release.helm("uninstall", NAME, "--wait", "--timeout=5m")

    def only_data() -> None:
        kinds = {name.partition("/")[0] for name in left(release)}
        # `helm test` and failed upgrades leave pods and jobs, so that their logs can be read.
        assert kinds - {"pod", "job.batch"} == {"persistentvolumeclaim", "secret"}, left(release)
        running = release.kubectl("get", "pods", "--field-selector=status.phase=Running", "-o", "name")
        assert not running, running

    eventually(only_data, seconds=90)
    release.kubectl("delete", "persistentvolumeclaim,secret,job,pod", "-l", f"app.kubernetes.io/instance={NAME}")
    assert left(release) == set()
