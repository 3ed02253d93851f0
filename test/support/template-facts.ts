/** The facts of one resource of the study notes' template, by property. */
export type Facts = Readonly<Record<string, unknown>>;

/**
 * What the study notes' CloudFormation template (istio-8w.yaml) says with its defaults, by its own names of resources and properties. `true` in the place
 * of a reference says that it refers to what the name says. User data is compared line by line elsewhere.
 * @see study notes 13, CloudFormation template
 */
export const TEMPLATE: Readonly<Record<string, Facts>> = {
  IstioVPC: { CidrBlock: "192.168.0.0/16", EnableDnsSupport: true, EnableDnsHostnames: true, Name: "Istio-VPC" },
  PublicSubnet1: {
    AvailabilityZone: "ap-northeast-2a",
    CidrBlock: "192.168.10.0/24",
    MapPublicIpOnLaunch: true,
    Name: "Istio-PublicSubnet1",
  },
  PublicSubnet2: {
    AvailabilityZone: "ap-northeast-2c",
    CidrBlock: "192.168.20.0/24",
    MapPublicIpOnLaunch: true,
    Name: "Istio-PublicSubnet2",
  },
  InternetGateway: { attached: true },
  PublicSubnetRouteTable: { Name: "Istio-PublicSubnetRouteTable" },
  PublicSubnetRoute: { DestinationCidrBlock: "0.0.0.0/0", toInternetGateway: true },
  PublicSubnet1RouteTableAssociation: { associated: true },
  PublicSubnet2RouteTableAssociation: { associated: true },
  EC2SG: {
    Name: "Istio-SG",
    "all from the caller": "0.0.0.0/0",
    "all from the VPC": "192.168.0.0/16",
    "all from the services": "10.10.200.0/24",
    "all from the pods": "172.16.0.0/16",
    "tcp 80": "0.0.0.0/0",
    "tcp 8080": "0.0.0.0/0",
    "tcp 30000": "0.0.0.0/0",
  },
  EC21: {
    Name: "k3s-s",
    InstanceType: "t3.xlarge",
    PrivateIpAddress: "192.168.10.10",
    AssociatePublicIpAddress: true,
    subnet: "PublicSubnet1",
    VolumeType: "gp3",
    VolumeSize: 30,
    DeleteOnTermination: true,
  },
  EC24: {
    Name: "forum-vm",
    InstanceType: "t3.small",
    PrivateIpAddress: "192.168.10.200",
    AssociatePublicIpAddress: true,
    subnet: "PublicSubnet1",
    VolumeType: "gp3",
    VolumeSize: 30,
    DeleteOnTermination: true,
  },
};
