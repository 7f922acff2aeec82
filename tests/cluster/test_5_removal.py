"""Uninstalling leaves the data and what opens it, and what the notes say removes these too."""

from cluster.release import NAME, Release, eventually


def left(release: Release) -> set[str]:
    kinds = "deployment,statefulset,job,service,configmap,secret,persistentvolumeclaim,networkpolicy,pod"
    names = release.kubectl("get", kinds, "-l", f"app.kubernetes.io/instance={NAME}", "-o", "name").split()
    return set(names)


def test_it_leaves_the_data_alone_and_then_nothing(release: Release) -> None:
    release.helm("uninstall", NAME, "--wait", "--timeout=5m")

    def only_data() -> None:
        kinds = {name.partition("/")[0] for name in left(release)}
        # The pod is what `helm test` left, so that its log can be read.
        assert kinds - {"pod"} == {"persistentvolumeclaim", "secret"}, left(release)
        assert left(release) & {f"pod/{NAME}-story"} == {name for name in left(release) if name.startswith("pod/")}

    eventually(only_data, seconds=90)
    release.kubectl("delete", "persistentvolumeclaim,secret,pod", "-l", f"app.kubernetes.io/instance={NAME}")
    assert left(release) == set()
